"""What the compiler's parts share: where things go, what they are called, and what was made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from designer.compiler import names
from designer.machine.resources import Key, Port, Resource
from designer.machine.state import DuplicateResource
from designer.rules.site import Site
from designer.topology.document import natural
from designer.topology.kinds import Bridge
from designer.topology.records import Interface, Link, Node


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
        self.guest_macs = {
            one.mac for one in self.design.interfaces.values() if one.mac is not None
        }

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

    def netns(self, node: Node) -> str:
        """The network namespace that a node's interfaces are in; "" is the hypervisor's own."""
        return names.namespace(self.lab, node.id) if node.kind in NAMESPACES else ""

    def bridge_name(self, bridge: Bridge) -> str:
        return bridge.name or names.bridge(self.lab, bridge.id)

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


def port_of(interface: Interface) -> Port:
    return Port(cost=interface.cost, priority=interface.priority, hairpin=interface.hairpin)


def has_ipv6(addresses: tuple[str, ...]) -> bool:
    return any(":" in address for address in addresses)
