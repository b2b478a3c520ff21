"""Addresses among the hypervisor's own lead nowhere that it has a route to already."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.site import Site
from designer.rules.view import Held, IpNetwork, overlap, overlaps


def subnets_taken(site: Site) -> Iterator[Finding]:
    routed = {name: _routed(site, name) for name in site.inventories}
    for held in site.view.held:
        hypervisor = site.hypervisor(held.stack)
        if site.design.nodes[held.stack].kind != "host" or hypervisor not in routed:
            continue
        network = held.address.network
        for other in routed[hypervisor]:
            if overlap(other, network):
                message = f"{hypervisor} has a route to {other}, and {held.address} is in it."
                if not other.supernet_of(network):  # type: ignore[arg-type]
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
                f"{one.address.network} overlaps with {other.address.network} of {other.holder}, "
                f"and both hosts are on {hypervisor}."
            )
            fix = "Choose another subnet, or place the hosts on different hypervisors."
            yield error("subnet-shared", one.ref, "addresses", message, fix)


def _routed(site: Site, hypervisor: str) -> list[IpNetwork]:
    """Prefixes that are not the lab's own; the default route takes nothing."""
    own = {str(ipaddress.ip_network(one)) for one in site.free_subnets.get(hypervisor, ())}
    found = {
        network
        for text in site.inventories[hypervisor].subnets
        if text != "default" and (network := ipaddress.ip_network(text, strict=False)).prefixlen
    }
    return sorted((one for one in found if str(one) not in own), key=str)
