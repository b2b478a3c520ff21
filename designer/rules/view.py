"""A design as the rules and the compiler look at it: everything derived from it, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from designer.rules.subnets import Subnet, ip_of, subnet_at
from designer.topology.cables import Cable, cable_of
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network, Vm
from designer.topology.lans import Lans
from designer.topology.leasing import leases
from designer.topology.ports import AwarePort, aware_ports
from designer.topology.records import Interface, Link, Node
from designer.topology.trunks import Trunking, trunks
from designer.topology.uplinks import Uplink, uplinks


@dataclass(frozen=True, slots=True)
class Held:
    """An address that someone holds, as ``text`` with its prefix. ``ref`` is where it is drawn
    and ``holder`` the id there. ``stack`` is the id of the node whose routing table has it: a
    container or router, or the host for the address of a bridge or network, for the host's own
    interfaces and for a trunk's port whose sub-interface leads nowhere else.
    ``lan`` is the LAN (:class:`Lans`) in which it answers, "" where the interface has no link."""

    text: str
    ip: tuple[int, int]
    subnet: Subnet
    ref: str
    holder: str
    stack: str
    lan: str
    leased: bool = False
    """A network's DHCP gives it to a VM's card; ``stack`` is the VM then."""


STACKS = frozenset({"container", "router", "host"})
"""Kinds whose interfaces carry addresses that we set."""


class View:
    """What is derived from a design. Use :func:`view_of`."""

    def __init__(self, design: Design) -> None:
        self.design = design

    @cached_property
    def cables(self) -> Mapping[str, Cable | None]:
        """What each link is, by link id."""
        design = self.design
        return {id: cable_of(design, link) for id, link in design.links.items()}

    @cached_property
    def lans(self) -> Lans:
        return Lans(self.design, self.trunks)

    @cached_property
    def trunks(self) -> Mapping[str, Trunking]:
        """By trunk id."""
        return trunks(self.design)

    @cached_property
    def aware_ports(self) -> Mapping[str, AwarePort]:
        """The ports of VLAN-aware bridges, by interface id."""
        return {one.port.id: one for one in aware_ports(self.design, self.trunks)}

    @cached_property
    def links_at(self) -> Mapping[str, list[Link]]:
        """Every link at an interface, by interface id; those without a link have no entry."""
        found: dict[str, list[Link]] = {}
        for link in self.design.links.values():
            found.setdefault(link.a, []).append(link)
            if link.b != link.a:
                found.setdefault(link.b, []).append(link)
        for links in found.values():
            if len(links) > 1:  # refused by a rule; what others say of it shall not waver
                links.sort(key=lambda link: natural(link.id))
        return found

    @cached_property
    def uplinks(self) -> Mapping[str, tuple[Uplink, ...]]:
        """By segment id."""
        return uplinks(self.design, self.cables)

    @cached_property
    def switches(self) -> tuple[Bridge | Network, ...]:
        """Bridges and networks: what can have addresses of the host."""
        return (*self.design.of_kind(Bridge), *self.design.of_kind(Network))

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """Every address drawn where we set one, or have it given."""
        design, lans, links_at = self.design, self.lans.of, self.links_at
        given = list(leases(design))
        leased = {(one.card.id, one.text) for one in given}
        found: list[Held] = []
        for interface in design.interfaces.values():
            if interface.addresses and sets_addresses(design.nodes[interface.node]):
                id = interface.id
                lan = lans[id] if id in links_at else ""
                for text in interface.addresses:
                    if (id, text) not in leased:
                        found.append(_held(text, f"interfaces/{id}", id, interface.node, lan))
        for trunking in self.trunks.values():
            for access in trunking.accesses:
                if access.far is None and trunking.sub_interface(access):
                    port, host = access.port, trunking.trunk.host
                    for text in port.addresses:
                        ref = f"interfaces/{port.id}"
                        found.append(_held(text, ref, port.id, host, lans[port.id]))
        for bridge in self.switches:
            for text in bridge.addresses:
                lan = lans[bridge.id]
                found.append(_held(text, f"nodes/{bridge.id}", bridge.id, bridge.host, lan))
        for lease in given:
            card, lan = lease.card, lans[lease.card.id]
            ref = f"interfaces/{card.id}"
            found.append(_held(lease.text, ref, card.id, card.node, lan, leased=True))
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
        """The LANs that cross a segment by VXLAN, those of VLANs inside it among them."""
        return frozenset(
            lan
            for id, uplinks in self.uplinks.items()
            if uplinks and uplinks[0].segment.transport == "vxlan"
            for lan in (self.lans.of[id], *self.tagged_lans(id))
        )

    def tagged_lans(self, segment_id: str) -> Iterator[str]:
        """The LANs of the VLANs that cross a segment with their tag."""
        for vlan in self.lans.used:
            lan = self.lans.at(segment_id, vlan)
            if lan is not None:
                yield lan

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


def sets_addresses(node: Node) -> bool:
    """Whether the addresses drawn at its interfaces are set by us: in a VM cloud-init does it."""
    return node.kind in STACKS or (isinstance(node, Vm) and node.cloud_init)


def view_of(design: Design) -> View:
    """The view of a design, made once for all who ask: a design never changes."""
    kept = design.__dict__.get("_view")
    if not isinstance(kept, View):
        kept = design.__dict__["_view"] = View(design)
    return kept


def _held(text: str, ref: str, holder: str, stack: str, lan: str, *, leased: bool = False) -> Held:
    address, _, length = text.partition("/")
    ip = ip_of(address)
    return Held(text, ip, subnet_at(*ip, int(length)), ref, holder, stack, lan, leased)


def overlaps(held: Iterable[Held], apart: Callable[[Held], str]) -> Iterator[tuple[Held, Held]]:
    """Pairs whose subnets overlap though they are ``apart`` (of different LANs, say), each subnet
    of a group told once: one sweep over sorted prefixes, not every pair. IPv6 link-local ones are
    the same everywhere and mean their own link (RFC 4291, section 2.5.6)."""
    first: dict[tuple[str, Subnet], Held] = {}
    for one in sorted(held, key=lambda one: one.holder):
        if not one.subnet.is_link_local:
            first.setdefault((apart(one), one.subnet), one)
    widest: Held | None = None
    for one in sorted(first.values(), key=lambda one: (one.subnet, one.holder)):
        if widest is not None and one.subnet.overlaps(widest.subnet):
            if apart(widest) != apart(one):
                yield one, widest
        else:
            widest = one
