"""LANs: which interfaces hear each other's frames (layer-2 broadcast domains).

Frames travel untagged, or with the tag of a VLAN. What does not look at tags (a NIC, a segment, a
bridge that is not VLAN-aware, a cable) passes all of them alike; such things that are joined are
one **wire**, and on a wire each VLAN is a LAN of its own beside the untagged one. VLAN-aware
bridges and trunks lead from one to the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from designer.topology.design import Design
from designer.topology.kinds import Bridge, Segment
from designer.topology.ports import aware_ports
from designer.topology.trunks import Trunking, trunks

SWITCHES = frozenset({"bridge", "network", "segment", "nic"})
"""Nodes that hand on what they hear. A trunk keeps its VLANs apart and is not one."""


class Lans:
    """The LAN of every interface and of every switch, named by one of its members.

    ``of`` maps interface ids and the node ids of switches (an interface's id has a colon, a
    node's has none) to the LAN of their untagged frames; of a VLAN-aware bridge's id, to that of
    its own addresses. "ID@VLAN" are tagged frames there, and the VLAN inside a VLAN-aware
    bridge: ask :meth:`at`. ``used`` are the VLANs that something is in; only these are told
    apart, as nobody is in the others.
    """

    def __init__(self, design: Design, drawn: Mapping[str, Trunking] | None = None) -> None:
        self._parent = parent = {id: id for id in design.interfaces}
        parent.update({id: id for id, node in design.nodes.items() if node.kind in SWITCHES})
        found = trunks(design) if drawn is None else drawn
        aware = {bridge.id for bridge in design.of_kind(Bridge) if bridge.vlan_filtering}
        below = _below_tunnels(design, found)
        root = self._root
        for id, interface in design.interfaces.items():
            if interface.node in parent and interface.node not in aware and id not in below:
                parent[id] = interface.node
        for id in below:
            self._join(id, f"{design.interfaces[id].node}@below")
        for link in design.links.values():
            parent[root(link.a)] = root(link.b)
        self._aware = aware
        self._wires: Mapping[str, str] = {}
        self.used: frozenset[int] = frozenset()
        if aware or found:
            self._wires = {id: root(id) for id in parent}
            self._tell_vlans_apart(design, found)
        self.of: Mapping[str, str] = {id: root(id) for id in parent}

    def at(self, id: str, vlan: int | None) -> str | None:
        """The LAN of frames with a VLAN's tag at an interface or switch, or of the VLAN inside a
        VLAN-aware bridge; with None, of untagged frames. None where nobody is in that VLAN."""
        if vlan is None:
            return self.of[id]
        return self.of.get(_key(id if id in self._aware else self._wires.get(id, id), vlan))

    def _tell_vlans_apart(self, design: Design, found: Mapping[str, Trunking]) -> None:
        ports = list(aware_ports(design, found))
        bridges = [one for one in design.of_kind(Bridge) if one.id in self._aware]
        vlans = {one.pvid for one in ports} | {one.vlan for one in bridges}
        for trunking in found.values():
            vlans.add(trunking.trunk.native)
            vlans.update(access.vlan for access in trunking.accesses)
        self.used = frozenset(vlan for vlan in vlans if vlan is not None)
        for bridge in bridges:
            if bridge.vlan is not None:
                self._join(bridge.id, _key(bridge.id, bridge.vlan))
        for one in ports:
            if one.pvid is not None:
                self._join(one.port.id, _key(one.bridge.id, one.pvid))
            for vlan in one.tagged & self.used:
                self._join(_key(self._wires[one.port.id], vlan), _key(one.bridge.id, vlan))
        for trunking in found.values():
            self._pass(trunking)

    def _pass(self, trunking: Trunking) -> None:
        """What a trunk leads through: the native VLAN untagged, the others by their tag."""
        native = trunking.trunk.native if trunking.trunk.native in trunking.ids else None
        for up, _, _ in trunking.uplinks:
            wire = self._wires[up.id]
            for access in trunking.accesses:
                if trunking.aware:
                    if native is not None:
                        self._join(access.port.id, up.id)
                    for vlan in trunking.tagged & self.used:
                        self._join(_key(self._wires[access.port.id], vlan), _key(wire, vlan))
                elif access.vlan is not None and access.vlan in trunking.ids:
                    to = up.id if access.vlan == native else _key(wire, access.vlan)
                    self._join(access.port.id, to)

    def _join(self, one: str, other: str) -> None:
        self._parent.setdefault(one, one)
        self._parent.setdefault(other, other)
        self._parent[self._root(one)] = self._root(other)

    def _root(self, id: str) -> str:
        parent = self._parent
        top = id
        while parent[top] != top:
            top = parent[top]
        while parent[id] != top:
            parent[id], id = top, parent[id]
        return top


def _below_tunnels(design: Design, found: Mapping[str, Trunking]) -> set[str]:
    """Ports of VXLAN segments where a trunk's NIC is plugged in: a trunk speaks to the segment's
    own LAN, below the tunnels, and not to the LAN inside them."""
    nics = {nic.id for one in found.values() for _, nic, _ in one.uplinks}
    below: set[str] = set()
    for link in design.links.values() if nics else ():
        for near, far in (link.ends, link.ends[::-1]):
            segment = design.node_at(near)
            tunnelled = isinstance(segment, Segment) and segment.transport == "vxlan"
            if tunnelled and design.interfaces[far].node in nics:
                below.add(near)
    return below


def _key(id: str, vlan: int) -> str:
    return f"{id}@{vlan}"
