"""Addresses among the hypervisor's own lead nowhere that it has a route to already."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.site import Site
from designer.rules.subnets import Subnet, subnet_of
from designer.rules.view import Held, overlaps


def subnets_taken(site: Site) -> Iterator[Finding]:
    routed = {name: _routed(site, name) for name in site.inventories}
    for held in site.view.held:
        hypervisor = site.hypervisor(held.stack)
        if site.design.nodes[held.stack].kind != "host" or hypervisor not in routed:
            continue
        network = held.subnet
        for other in routed[hypervisor]:
            if other.overlaps(network):
                message = f"{hypervisor} has a route to {other}, and {held.text} is in it."
                if other.length > network.length:
                    message = f"{hypervisor} has a route to {other}, which is in {network}."
                fix = "Choose a subnet that is free there."
                yield error("subnet-taken", held.ref, "addresses", message, fix)
                break
    yield from _shared(site)


def _shared(site: Site) -> Iterator[Finding]:
    """Hosts on one hypervisor have one routing table."""
    tables: dict[str, list[Held]] = {}
    for held in site.view.held:
        hypervisor = site.hypervisor(held.stack)
        if site.design.nodes[held.stack].kind == "host" and hypervisor is not None:
            tables.setdefault(hypervisor, []).append(held)
    for hypervisor, table in tables.items():
        for one, other in overlaps(table, lambda held: held.stack):
            message = (
                f"{one.subnet} overlaps with {other.subnet} of {other.holder}, "
                f"and both hosts are on {hypervisor}."
            )
            fix = "Choose another subnet, or place the hosts on different hypervisors."
            yield error("subnet-shared", one.ref, "addresses", message, fix)


def _routed(site: Site, hypervisor: str) -> list[Subnet]:
    """Prefixes that are not the lab's own; the default route takes nothing."""
    own = {subnet_of(text) for text in site.free_subnets.get(hypervisor, ())}
    found = {subnet_of(text) for text in site.inventories[hypervisor].subnets if "/" in text}
    return sorted(one for one in found - own if one.length and not one.is_link_local)
