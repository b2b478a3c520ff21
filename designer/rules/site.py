"""A design on machines: the view of it, the placement and what the hypervisors are."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from designer.machine.images import LibraryImage
from designer.machine.resources import Address, Bridge, Network, Physical, Veth, Vlan, Vxlan
from designer.machine.state import Inventory, MachineState, NicFacts
from designer.rules.drawn.mtu import ETHERNET
from designer.rules.loads import Load, Room, load_of
from designer.rules.subnets import subnet_of
from designer.rules.view import View
from designer.topology.kinds import Vm
from designer.topology.trunks import Trunking
from designer.topology.uplinks import Uplink

OVERHEAD = {4: 50, 6: 70}
"""What VXLAN adds to a frame over IPv4 and IPv6: the inner Ethernet header 14, VXLAN 8, UDP 8 and
the outer IP header 20 or 40 bytes (RFC 7348, section 5)."""
TAG = 4
"""Bytes of an 802.1Q tag, which counts inside a tunnel and not on a wire (IEEE 802.3, 3.2.7)."""

LINKS: tuple[type[Bridge | Veth | Vxlan | Vlan | Physical], ...] = (
    Bridge,
    Veth,
    Vxlan,
    Vlan,
    Physical,
)


@dataclass(frozen=True, slots=True)
class Underlay:
    """What a VXLAN segment runs over: the NICs' addresses, all of one family, by (hypervisor,
    NIC), and the largest packet that fits into a tunnel."""

    addresses: Mapping[tuple[str, str], str]
    mtu: int


class Site:
    """A view with a placement (hypervisor by host id) and inventories (by hypervisor)."""

    def __init__(
        self,
        view: View,
        placement: Mapping[str, str],
        inventories: Mapping[str, Inventory],
        *,
        free_names: Mapping[str, Collection[str]] | None = None,
        free_subnets: Mapping[str, Collection[str]] | None = None,
        library: Mapping[str, LibraryImage] | None = None,
        room: Room | None = None,
    ) -> None:
        self.view = view
        self.design = view.design
        self.placement = placement
        self.inventories = inventories
        self.free_names = free_names or {}
        self.free_subnets = free_subnets or {}
        self.library = library or {}
        """The images of the lab's team, by name."""
        self.room = room or Room()
        """What other labs leave of the hypervisors and of the team's quota."""

    def hypervisor(self, node_id: str) -> str | None:
        """The name of the hypervisor that a node is on; None where its host is not placed."""
        host = self.design.host_of(node_id)
        return None if host is None else self.placement.get(host)

    def inventory(self, node_id: str) -> Inventory | None:
        """Of the hypervisor that a node is on; None where that is not known (a rule of its own
        says so)."""
        hypervisor = self.hypervisor(node_id)
        return None if hypervisor is None else self.inventories.get(hypervisor)

    def load(self, vms: Iterable[Vm]) -> Load:
        """What VMs take, where they are."""
        return load_of(vms, self.library, lambda vm: self.inventory(vm.id))

    def facts(self, nic_id: str, device: str) -> NicFacts | None:
        inventory = self.inventory(nic_id)
        return None if inventory is None else inventory.nic(device)

    def is_free(self, hypervisor: str, name: str) -> bool:
        """Whether an interface of that name in the hypervisor's own namespace is the lab's."""
        return name in self.free_names.get(hypervisor, ())

    @cached_property
    def hosts_on(self) -> Mapping[str, list[str]]:
        """The hosts of each known hypervisor, in the order of the document."""
        found: dict[str, list[str]] = {}
        for id, node in self.design.nodes.items():
            if node.kind == "host" and self.placement.get(id) in self.inventories:
                found.setdefault(self.placement[id], []).append(id)
        return found

    @cached_property
    def underlays(self) -> Mapping[str, Underlay]:
        """By id of the VXLAN segment; one whose NICs cannot carry it has no entry."""
        found = {}
        for id, uplinks in self.view.uplinks.items():
            if uplinks and uplinks[0].segment.transport == "vxlan":
                underlay = self._underlay(uplinks)
                if underlay is not None:
                    found[id] = underlay
        return found

    def _underlay(self, uplinks: tuple[Uplink, ...]) -> Underlay | None:
        cards: dict[tuple[str, str], NicFacts] = {}
        for uplink in uplinks:
            facts = self.facts(uplink.nic.id, uplink.nic.name)
            if facts is None:
                return None
            cards[self.placement[uplink.nic.host], facts.name] = facts
        for version, overhead in OVERHEAD.items():
            addresses = {key: tunnel_address(facts, version) for key, facts in cards.items()}
            if all(addresses.values()):
                return Underlay(addresses, min(one.mtu for one in cards.values()) - overhead)
        return None

    @cached_property
    def trunk_mtus(self) -> Mapping[str, tuple[int, str]]:
        """The largest packet of each LAN that passes a trunk's NIC, with the NIC's id, by LAN."""
        found: dict[str, tuple[int, str]] = {}
        for trunking in self.view.trunks.values():
            nic = trunking.nic
            facts = None if nic is None else self.facts(nic.id, nic.name)
            if nic is None or facts is None:
                continue
            fits = facts.mtu, nic.id
            for lan in set(self._passing(trunking)):
                found[lan] = min(fits, found.get(lan, fits))
        return found

    def _passing(self, trunking: Trunking) -> Iterator[str]:
        """The LANs that a trunk carries."""
        lans = self.view.lans
        for up, _, _ in trunking.uplinks:
            carried = [lans.at(up.id, vlan) for vlan in trunking.tagged & lans.used]
            yield from (lan for lan in carried if lan is not None)
            if trunking.trunk.native is not None:
                yield lans.of[up.id]

    @cached_property
    def tunnel_mtus(self) -> Mapping[str, int]:
        """The largest packet of each LAN that crosses VXLAN, by LAN."""
        found: dict[str, int] = {}
        for id, underlay in self.underlays.items():
            fits = {self.view.lans.of[id]: underlay.mtu}
            fits |= dict.fromkeys(self.view.tagged_lans(id), underlay.mtu - TAG)
            for lan, mtu in fits.items():
                found[lan] = min(mtu, found.get(lan, mtu))
        return found

    @cached_property
    def lan_mtus(self) -> Mapping[str, int]:
        """The largest packet of each LAN that takes less than is usual, by LAN: one that crosses
        VXLAN, or the NIC of a trunk that is smaller than others."""
        found = dict(self.tunnel_mtus)
        for lan, (fits, _) in self.trunk_mtus.items():
            if fits < ETHERNET:
                found[lan] = min(fits, found.get(lan, fits))
        return found

    def uplinks(self) -> Iterator[Uplink]:
        return (uplink for uplinks in self.view.uplinks.values() for uplink in uplinks)


def tunnel_address(facts: NicFacts, version: int) -> str:
    """The NIC's first address of a family that a tunnel can start from, or ""."""
    for text in facts.addresses:
        address = ipaddress.ip_interface(text).ip
        if address.version == version and not address.is_link_local:
            return str(address)
    return ""


def own_of(state: MachineState) -> tuple[frozenset[str], frozenset[str]]:
    """The interface names and the prefixes that a lab's state has in the hypervisor's own
    namespace: what :func:`designer.rules.check_against` takes as free."""
    networks = [one for one in state.of_type(Network) if one.owner is not None]
    names = {one.name for one in state.of_type(*LINKS) if one.netns == ""}
    names |= {one.bridge for one in networks}
    addresses = [one.address for one in state.of_type(Address) if one.netns == ""]
    addresses += [address for one in networks for address in one.addresses or ()]
    subnets = {str(subnet_of(one)) for one in addresses}
    return frozenset(names), frozenset(subnets)
