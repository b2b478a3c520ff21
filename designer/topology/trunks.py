"""Trunks as they are drawn: the NIC behind each, and where its VLANs lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from designer.topology.cables import Cable, cable_of
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Nic, Trunk
from designer.topology.kinds.trunk import VLAN_AWARE
from designer.topology.records import Interface, Link, Node
from designer.topology.vlans import ids_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A port of a trunk away from its NIC. ``link``, ``far`` (the interface at its other end) and
    ``node`` (the bridge, container or router there) are None where the port has no link."""

    port: Interface
    link: Link | None = None
    far: Interface | None = None
    node: Node | None = None

    @property
    def bridge(self) -> Bridge | None:
        return self.node if isinstance(self.node, Bridge) else None

    @property
    def vlan(self) -> int | None:
        return self.port.vlan


@dataclass(frozen=True, kw_only=True)
class Trunking:
    """A trunk with what is around it. ``uplinks`` are its ports towards NICs, each with its NIC
    (a rule wants exactly one); ``accesses`` its other ports in natural order."""

    trunk: Trunk
    uplinks: tuple[tuple[Interface, Nic, Link], ...]
    accesses: tuple[Access, ...]

    @property
    def aware(self) -> bool:
        return self.trunk.mode == VLAN_AWARE

    @property
    def nic(self) -> Nic | None:
        return self.uplinks[0][1] if self.uplinks else None

    @cached_property
    def ids(self) -> frozenset[int]:
        """Every VLAN that passes."""
        return ids_of(self.trunk.vlans)

    @cached_property
    def tagged(self) -> frozenset[int]:
        """The VLANs that pass with their tag."""
        return self.ids - {self.trunk.native}

    def sub_interface(self, access: Access) -> str:
        """The kernel's name of the VLAN sub-interface of a port, as the user wrote it or as
        ``ip link`` would have it; "" where there is none: the port has no VLAN, the VLAN is the
        native one, or it leads nowhere."""
        if self.aware or access.vlan is None or access.vlan == self.trunk.native:
            return ""
        if access.far is not None and access.bridge is None:
            return access.far.name or access.far.key
        if access.far is None and not access.port.addresses:
            return ""
        device = self.nic.name if self.nic is not None else ""
        return access.port.name or (f"{device}.{access.vlan}" if device else "")


def trunks(design: Design) -> Mapping[str, Trunking]:
    """Every trunk, by id. Links that cannot be are passed over; a rule refuses them."""
    drawn = list(design.of_kind(Trunk))
    if not drawn:
        return {}
    found: dict[str, Link] = {}
    for link in design.links.values():
        for end in link.ends:
            if isinstance(design.node_at(end), Trunk) and (
                end not in found or natural(link.id) < natural(found[end].id)
            ):
                found[end] = link
    return {trunk.id: _trunking(design, trunk, found) for trunk in drawn}


def _trunking(design: Design, trunk: Trunk, links: Mapping[str, Link]) -> Trunking:
    uplinks: list[tuple[Interface, Nic, Link]] = []
    accesses: list[Access] = []
    for port in sorted(design.interfaces_of[trunk.id], key=lambda port: natural(port.id)):
        link = links.get(port.id)
        if link is None:
            accesses.append(Access(port=port))
            continue
        far = design.interfaces[link.b if link.a == port.id else link.a]
        cable = cable_of(design, link)
        node = design.nodes[far.node]
        if cable is Cable.UPLINK and isinstance(node, Nic):
            uplinks.append((port, node, link))
        elif cable is Cable.TRUNK:
            accesses.append(Access(port=port, link=link, far=far, node=node))
    return Trunking(trunk=trunk, uplinks=tuple(uplinks), accesses=tuple(accesses))
