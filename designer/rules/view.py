"""A design as the rules and the compiler look at it: everything derived from it, computed once."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from designer.topology.cables import Cable, cable_of
from designer.topology.design import Design
from designer.topology.kinds import Bridge
from designer.topology.lans import Lans
from designer.topology.records import Interface, Link, Node
from designer.topology.uplinks import Uplink, uplinks

IpInterface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def overlap(one: IpNetwork, other: IpNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)


@dataclass(frozen=True, slots=True)
class Held:
    """An address that someone holds. ``stack`` is the id of the node whose routing table has it:
    a container or router, or the host for a bridge's address and for the host's own interfaces.
    ``lan`` is the LAN (:class:`Lans`) in which it answers, "" where the interface has no link."""

    address: IpInterface
    ref: str
    holder: str
    stack: str
    lan: str


STACKS = frozenset({"container", "router", "host"})
"""Kinds whose interfaces carry addresses that we set."""


class View:
    """What is derived from a design."""

    def __init__(self, design: Design) -> None:
        self.design = design

    @cached_property
    def cables(self) -> Mapping[str, Cable | None]:
        """What each link is, by link id."""
        design = self.design
        return {id: cable_of(design, link) for id, link in design.links.items()}

    @cached_property
    def lans(self) -> Lans:
        return Lans(self.design)

    @cached_property
    def links_at(self) -> Mapping[str, list[Link]]:
        """Every link at an interface, by interface id; those without a link have no entry."""
        found: dict[str, list[Link]] = {}
        for link in self.design.links.values():
            for end in {link.a, link.b}:
                found.setdefault(end, []).append(link)
        return found

    @cached_property
    def uplinks(self) -> Mapping[str, tuple[Uplink, ...]]:
        """By segment id."""
        return uplinks(self.design, self.cables)

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """Every address drawn where we set one."""
        design = self.design
        found: list[Held] = []
        for interface in design.interfaces.values():
            node = design.nodes[interface.node]
            if interface.addresses and node.kind in STACKS:
                lan = self.lans.of[interface.id] if interface.id in self.links_at else ""
                for address in interface.addresses:
                    parsed = ipaddress.ip_interface(address)
                    ref = f"interfaces/{interface.id}"
                    found.append(Held(parsed, ref, interface.id, node.id, lan))
        for bridge in design.of_kind(Bridge):
            for address in bridge.addresses:
                parsed = ipaddress.ip_interface(address)
                lan = self.lans.of[bridge.id]
                found.append(Held(parsed, f"nodes/{bridge.id}", bridge.id, bridge.host, lan))
        return tuple(found)

    @cached_property
    def held_by_stack(self) -> Mapping[str, list[Held]]:
        found: dict[str, list[Held]] = {}
        for one in self.held:
            found.setdefault(one.stack, []).append(one)
        return found

    @cached_property
    def held_by_lan(self) -> Mapping[str, list[Held]]:
        """Addresses by LAN; those that answer in none are left out."""
        found: dict[str, list[Held]] = {}
        for one in self.held:
            if one.lan:
                found.setdefault(one.lan, []).append(one)
        return found

    @cached_property
    def vxlan_lans(self) -> frozenset[str]:
        """The LANs that cross a segment by VXLAN."""
        return frozenset(
            self.lans.of[id]
            for id, uplinks in self.uplinks.items()
            if uplinks and uplinks[0].segment.transport == "vxlan"
        )

    def ends(self, link: Link) -> tuple[Interface, Interface]:
        return self.design.interfaces[link.a], self.design.interfaces[link.b]

    def far(self, link: Link, interface_id: str) -> Interface:
        """The interface at the other end."""
        return self.design.interfaces[link.b if link.a == interface_id else link.a]

    def node(self, interface: Interface) -> Node:
        return self.design.nodes[interface.node]

    def linked(self, node_id: str) -> Iterator[Interface]:
        """The interfaces of a node that have a link."""
        links_at = self.links_at
        return (one for one in self.design.interfaces_of[node_id] if one.id in links_at)


def overlaps(held: Iterable[Held], apart: Callable[[Held], str]) -> Iterator[tuple[Held, Held]]:
    """Pairs whose subnets overlap though they are ``apart`` (of different LANs, say), each subnet
    of a group told once: one sweep over sorted prefixes, not every pair."""
    first: dict[tuple[str, IpNetwork], Held] = {}
    for one in sorted(held, key=lambda one: one.holder):
        first.setdefault((apart(one), one.address.network), one)
    ordered = sorted(
        first.values(),
        key=lambda one: (
            one.address.version,
            int(one.address.network.network_address),
            one.address.network.prefixlen,
            one.holder,
        ),
    )
    widest: Held | None = None
    for one in ordered:
        if widest is not None and overlap(one.address.network, widest.address.network):
            if apart(widest) != apart(one):
                yield one, widest
        else:
            widest = one
