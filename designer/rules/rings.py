"""The graph in which rings are looked for: places that hand frames on, and what joins them.

A place is a node and a VLAN: 0 for a bridge that looks at no tags and for untagged frames on a
wire, else the VLAN inside a VLAN-aware bridge, or of tagged frames on a wire. Bridges that speak
spanning tree have no place in it: they break every ring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from designer.rules.view import View
from designer.topology.cables import Cable
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network, Segment
from designer.topology.records import Interface

Place = tuple[str, int]
Edge = tuple[Place, Place]
_SWITCHES = frozenset({"bridge", "network", "segment"})


def edges_of(view: View) -> Iterator[Edge]:
    """One for each cable and VLAN, its ends in order; one through a NIC counts as one."""
    graph = _Graph(view)
    for one, other in graph.edges():
        if one != other:
            yield (one, other) if one < other else (other, one)


class _Graph:
    def __init__(self, view: View) -> None:
        self.view = view
        design = view.design
        speaks = {bridge.id for bridge in design.of_kind(Bridge) if bridge.stp}
        speaks |= {network.id for network in design.of_kind(Network)}  # libvirt turns it on
        self.switches = {
            id for id, node in design.nodes.items() if node.kind in _SWITCHES and id not in speaks
        }
        self.aware = {bridge.id for bridge in design.of_kind(Bridge) if bridge.vlan_filtering}
        self.has_vlans = bool(self.aware or view.trunks)

    def edges(self) -> Iterator[Edge]:
        view, switches = self.view, self.switches
        for id, cable in view.cables.items():
            if cable is not Cable.VETH:
                continue
            near, far = view.ends(view.design.links[id])
            if near.node in switches and far.node in switches and near.node != far.node:
                if self.has_vlans:
                    yield from self._between(near, far)
                else:
                    yield (near.node, 0), (far.node, 0)
        for segment_id, uplinks in view.uplinks.items():
            for uplink in uplinks:
                if uplink.bridge.id in switches:
                    yield from self._straight(segment_id, uplink.port)
        if view.trunks:
            yield from self._trunks()

    def _between(self, near: Interface, far: Interface) -> Iterator[Edge]:
        """What a cable between two bridges joins."""
        if near.node not in self.aware:
            near, far = far, near
        here, there = self._untagged(near), self._untagged(far)
        if here is not None and there is not None:
            yield here, there
        if near.node not in self.aware:
            return
        other = self.view.aware_ports.get(far.id)
        for vlan in self._tagged(near):
            if other is None:
                yield (near.node, vlan), (self.wires[far.node], vlan)
            elif vlan in other.tagged:
                yield (near.node, vlan), (far.node, vlan)

    def _straight(self, segment_id: str, port: Interface) -> Iterator[Edge]:
        """What the link of a bridge to a NIC in a segment joins."""
        here = self._untagged(port)
        if here is not None:
            yield (segment_id, 0), here
        for vlan in self._tagged(port):
            yield (self.wires[segment_id], vlan), (port.node, vlan)

    def _trunks(self) -> Iterator[Edge]:
        for trunking in self.view.trunks.values():
            native = trunking.trunk.native
            for _, nic, _ in trunking.uplinks:
                wire = self.wires[nic.id]
                for access in trunking.accesses:
                    if access.far is None or access.far.node not in self.switches:
                        continue
                    here = self._untagged(access.far)
                    if not trunking.aware and access.vlan in trunking.ids and here is not None:
                        assert access.vlan is not None
                        yield (wire, 0 if access.vlan == native else access.vlan), here
                    if trunking.aware and access.far.node in self.aware:
                        if here is not None:
                            yield (wire, 0), here
                        for vlan in self._tagged(access.far):
                            yield (wire, vlan), (access.far.node, vlan)

    def _untagged(self, port: Interface) -> Place | None:
        """Where untagged frames at a bridge's port go; None where they are dropped."""
        if port.node not in self.aware:
            return port.node, 0
        pvid = self.view.aware_ports[port.id].pvid
        return None if pvid is None else (port.node, pvid)

    def _tagged(self, port: Interface) -> frozenset[int]:
        """VLANs that pass a port tagged, as far as anyone is in them."""
        one = self.view.aware_ports.get(port.id)
        return one.tagged & self.view.lans.used if one is not None else frozenset()

    @cached_property
    def wires(self) -> Mapping[str, str]:
        """By node that passes tags unread, the one that stands for all that are joined to it: a
        segment, if there is one."""
        design, view = self.view.design, self.view
        below: dict[str, str] = {}  # a trunk's NIC in a VXLAN segment, which is no part of the LAN
        trunked = {nic.id for one in view.trunks.values() for _, nic, _ in one.uplinks}
        parent: dict[str, str] = {}

        def root(id: str) -> str:
            parent.setdefault(id, id)
            while parent[id] != id:
                parent[id] = parent[parent[id]]
                id = parent[id]
            return id

        nics = {id for id, node in design.nodes.items() if node.kind == "nic"}
        passes = nics | (self.switches - self.aware)
        for id, cable in view.cables.items():
            if cable in (Cable.VETH, Cable.WIRE, Cable.UPLINK):
                near, far = (one.node for one in view.ends(design.links[id]))
                if near in nics:
                    near, far = far, near
                if near not in passes or far not in passes:
                    continue
                segment = design.nodes[near]
                if isinstance(segment, Segment) and segment.transport == "vxlan" and far in trunked:
                    near = below.setdefault(near, far)
                parent[root(near)] = root(far)
        groups: dict[str, list[str]] = {}
        for id in passes:
            groups.setdefault(root(id), []).append(id)
        found: dict[str, str] = {}
        for ids in groups.values():
            segments = [id for id in ids if isinstance(design.nodes[id], Segment)]
            found.update(dict.fromkeys(ids, min(segments or ids, key=natural)))
        return found
