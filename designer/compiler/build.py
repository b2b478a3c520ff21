"""What the compiler's parts share: where things go, what they are called, and what was made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TypedDict

from designer.compiler import names
from designer.machine.resources import Key, Port, Resource
from designer.machine.state import DuplicateResource
from designer.rules.site import Site
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network
from designer.topology.records import Interface, Link, Node
from designer.topology.vlans import ids_of

DEFAULT = {4: "0.0.0.0/0", 6: "::/0"}
"""Where a default route leads, by version."""


class Build:
    """The states under construction. ``vnis`` are those claimed for segments that name none."""

    def __init__(self, site: Site, lab: str, vnis: Mapping[str, int]) -> None:
        self.site = site
        self.view = site.view
        self.design = site.design
        self.lab = lab
        self.vnis = vnis
        used = {site.placement[node.id] for node in self.nodes if node.kind == "host"}
        self.resources: dict[str, dict[Key, Resource]] = {one: {} for one in sorted(used)}
        self.origins: dict[str, dict[Key, str]] = {one: {} for one in sorted(used)}
        self.macs: dict[str, dict[str, str]] = {one: {} for one in sorted(used)}
        self.hypervisors = {
            node.id: site.placement[host]
            for node in self.nodes
            if (host := self.design.host_of(node.id)) is not None
        }
        """The name of the hypervisor that each node is on; a segment is on none."""
        self._bridges: dict[str, str] = {}
        self._guest_macs = {
            one.mac for one in self.design.interfaces.values() if one.mac is not None
        }
        self._macs: dict[str, str] = {}

    @cached_property
    def nodes(self) -> list[Node]:
        """In natural order, so that the order of the document does not matter."""
        return sorted(self.design.nodes.values(), key=lambda node: natural(node.id))

    @cached_property
    def links(self) -> list[Link]:
        return sorted(self.design.links.values(), key=lambda link: natural(link.id))

    def add(self, node_id: str, resource: Resource, ref: str) -> None:
        """Put a resource on the hypervisor of a node; ``ref`` is the record it comes from.
        Raises :class:`DuplicateResource`."""
        hypervisor = self.hypervisors[node_id]
        key = resource.key
        made = self.resources[hypervisor]
        if key in made:
            raise DuplicateResource(key)
        made[key] = resource
        self.origins[hypervisor][key] = ref

    def share(self, node_id: str, resource: Resource, ref: str) -> None:
        """As :meth:`add`, of what several nodes may need: the first one's stays."""
        hypervisor = self.hypervisors[node_id]
        if resource.key not in self.resources[hypervisor]:
            self.add(node_id, resource, ref)

    def netns(self, node: Node) -> str:
        """The network namespace that a node's interfaces are in; "" is the hypervisor's own."""
        return names.namespace(self.lab, node.id) if node.kind in NAMESPACES else ""

    def bridge_name(self, bridge: Bridge | Network) -> str:
        """Of a network the name of its bridge."""
        try:
            return self._bridges[bridge.id]
        except KeyError:
            name = bridge.name or names.bridge(self.lab, bridge.id)
            if isinstance(bridge, Network) and bridge.existing:
                inventory = self.site.inventory(bridge.id)
                there = inventory.network(bridge.existing) if inventory else None
                assert there is not None  # rules.placed.networks_there refuses what is not there
                name = there.bridge
            return self._bridges.setdefault(bridge.id, name)

    def network_name(self, network: Network) -> str:
        """libvirt's name for it."""
        return network.existing or names.network(self.lab, network.id)

    def guest_mac(self, card: Interface) -> str:
        """Of a VM's card: as drawn, or one that is unique in the lab."""
        if card.mac is not None:
            return card.mac
        if card.id not in self._macs:
            attempt = 0
            while (mac := names.guest_mac(self.lab, card.id, attempt)) in self._guest_macs:
                attempt += 1
            self._guest_macs.add(mac)
            self._macs[card.id] = mac
        return self._macs[card.id]

    def interface_name(self, interface: Interface, node: Node) -> str:
        if interface.name:
            return interface.name
        if node.kind in NAMESPACES:
            return interface.key
        return names.host_side(self.lab, interface.id)

    def lan_mtu(self, lan_member: str) -> int | None:
        """What fits through the LAN of an interface or switch, or None for the kernel's default."""
        return self.site.lan_mtus.get(self.view.lans.of[lan_member])


NAMESPACES = ("container", "router")


def port_of(interface: Interface, bridge: Bridge) -> Port:
    """What the bridge is to keep about its port; VLANs where it is VLAN-aware."""
    if not bridge.vlan_filtering:
        return Port(cost=interface.cost, priority=interface.priority, hairpin=interface.hairpin)
    vlans = vlans_of(interface.vlan, ids_of(interface.tagged))
    return Port(
        cost=interface.cost, priority=interface.priority, hairpin=interface.hairpin, **vlans
    )


class Vlans(TypedDict):
    """The VLANs of a port or of a VM's card, all stated."""

    pvid: int
    untagged: tuple[int, ...]
    tagged: tuple[int, ...]


def vlans_of(access: int | None, tagged: Collection[int]) -> Vlans:
    """``access`` both ways untagged, None for no such VLAN; ``tagged`` those that keep their
    tag."""
    return Vlans(
        pvid=access or 0,
        untagged=(access,) if access else (),
        tagged=tuple(sorted(vlan for vlan in tagged if vlan != access)),
    )


def has_ipv6(addresses: tuple[str, ...]) -> bool:
    return any(":" in address for address in addresses)
