"""Subnets for networks where none is drawn: from a pool, free where the network stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from designer.deploy.errors import NotDeployable
from designer.deploy.models import Claim, Hypervisor
from designer.labs.models import Lab
from designer.machine.state import Inventory
from designer.topology.design import Design
from designer.topology.kinds import Network
from designer.topology.leasing import unaddressed

Subnet = IPv4Network | IPv6Network

LENGTHS = {4: 24, 6: 64}
"""Prefix lengths of the subnets that are given: DHCP for some, and what SLAAC wants (RFC 4862)."""


def subnets_for(
    lab: Lab,
    design: Design,
    placement: Mapping[str, Hypervisor],
    inventories: Mapping[str, Inventory],
    own: Mapping[str, Iterable[str]],
) -> dict[str, tuple[str, ...]]:
    """The host's addresses at each network without any, by its id: of the subnets that it had, or
    of free ones of the pool. Free is what no lab has claimed there, what is drawn nowhere in the
    design, and what the hypervisor has no route to but by what is this lab's ``own``.

    Raises :class:`NotDeployable` where the pool has none left.
    """
    networks = list(unaddressed(design))
    if not networks:
        return {}
    had: dict[tuple[str, UUID | None], list[Subnet]] = {}
    near: dict[UUID | None, list[Subnet]] = {}
    ids = {one.pk for one in placement.values()}
    rows = Claim.objects.filter(Q(hypervisor__in=ids), kind=Claim.Kind.SUBNET)
    for lab_id, ref, value, hypervisor in rows.values_list("lab", "ref", "value", "hypervisor"):
        if lab_id == lab.pk:
            had.setdefault((ref, hypervisor), []).append(ip_network(value))
        else:
            near.setdefault(hypervisor, []).append(ip_network(value))
    drawn = list(_drawn(design))
    chosen: dict[str, tuple[str, ...]] = {}
    for network in networks:
        machine = placement[network.host]
        mine = {ip_network(one) for one in own.get(machine.name, ())}
        routed = [ip_network(one) for one in inventories[machine.name].subnets if "/" in one]
        taken = [
            *(one for one in routed if one.prefixlen and one not in mine),
            *near.get(machine.pk, ()),
            *drawn,
        ]
        ref = f"nodes/{network.id}"
        kept = had.get((ref, machine.pk), [])
        for (other, place), theirs in had.items():
            if place == machine.pk and other != ref:
                taken += theirs
        found = []
        for version in (4, 6) if network.ipv6 else (4,):
            subnet = _first_free(version, kept, taken)
            if subnet is None:
                raise NotDeployable([_none_left(network, machine.name)])
            drawn.append(subnet)
            found.append(f"{subnet[1]}/{subnet.prefixlen}")
        chosen[network.id] = tuple(found)
    return chosen


def pool(version: int) -> Iterator[Subnet]:
    """Every subnet of the pool of a family, in order."""
    whole = ip_network(settings.NETWORK_POOL[version])
    if whole.prefixlen >= LENGTHS[version]:
        yield whole
    else:
        yield from whole.subnets(new_prefix=LENGTHS[version])


def _first_free(version: int, kept: Iterable[Subnet], taken: list[Subnet]) -> Subnet | None:
    others = [one for one in taken if one.version == version]
    for subnet in chain((one for one in kept if one.version == version), pool(version)):
        if not any(overlap(subnet, other) for other in others):
            return subnet
    return None


def overlap(one: Subnet, other: Subnet) -> bool:
    """Whether they have an address in common."""
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.overlaps(other)
    return isinstance(other, IPv6Network) and one.overlaps(other)


def _drawn(design: Design) -> Iterator[Subnet]:
    """The subnet of every address in the drawing, whoever has it."""
    for record in (*design.nodes.values(), *design.interfaces.values()):
        for text in getattr(record, "addresses", ()):
            yield ip_interface(text).network


def _none_left(network: Network, hypervisor: str) -> dict[str, str]:
    return {
        "code": "subnet",
        "severity": "error",
        "ref": f"nodes/{network.id}",
        "field": "addresses",
        "message": f"The pool has no subnet left that is free on {hypervisor}.",
        "fix": "Draw an address of the host, or let who runs Trunkline give it a larger pool.",
    }
