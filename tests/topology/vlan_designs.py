"""Designs full of VLANs, and frames sent through them one by one: what LANs are compared with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from designer.topology.design import Design
from designer.topology.kinds import Bridge, Segment, Trunk
from designer.topology.vlans import ids_of

VLANS = (10, 20, 30)
_SOME = st.lists(st.sampled_from(VLANS), unique=True, max_size=3)
_ONE = st.none() | st.sampled_from(VLANS)


class _Drawing:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.nodes: dict[str, Any] = {}
        self.interfaces: dict[str, Any] = {}
        self.links: dict[str, Any] = {}

    def port(self, node: str, **fields: Any) -> str:
        id = f"{node}:p{len(self.interfaces)}"
        self.interfaces[id] = {"node": node, **fields}
        return id

    def link(self, a: str, b: str) -> None:
        self.links[f"l{len(self.links)}"] = {"a": a, "b": b}

    def bridge_port(self, bridge: str) -> str:
        if self.nodes[bridge].get("vlan_filtering"):
            vlan = self.draw(_ONE)
            tagged = [other for other in self.draw(_SOME) if other != vlan]
            return self.port(bridge, vlan=vlan, tagged=tagged)
        return self.port(bridge)

    def container(self, host: str) -> str:
        id = f"c{len(self.nodes)}"
        self.nodes[id] = {"kind": "container", "host": host}
        return self.port(id)


@st.composite
def vlan_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Up to three hosts on one segment, each with bridges of either kind behind a trunk of either
    kind or straight behind its NIC; VLANs agree or do not."""
    drawing = _Drawing(draw)
    transport = draw(st.sampled_from(["plain", "plain", "vxlan"]))
    drawing.nodes["s"] = {"kind": "segment", "transport": transport}
    for number in range(1, draw(st.integers(1, 3)) + 1):
        _host(drawing, f"h{number}", number)
    return {
        "trunkline": 1,
        "nodes": drawing.nodes,
        "interfaces": drawing.interfaces,
        "links": drawing.links,
        "checks": {},
    }


def _host(drawing: _Drawing, host: str, number: int) -> None:
    draw, nodes = drawing.draw, drawing.nodes
    nodes[host] = {"kind": "host"}
    nodes[f"n{number}"] = {"kind": "nic", "host": host, "name": "eth1"}
    inner, outer = f"n{number}:in", f"n{number}:out"
    drawing.interfaces[inner] = drawing.interfaces[outer] = {"node": f"n{number}"}
    if draw(st.booleans()) or number > 1:
        drawing.link(outer, drawing.port("s"))
    bridges = [f"br{number}-{at}" for at in range(draw(st.integers(1, 3)))]
    for bridge in bridges:
        aware = draw(st.booleans())
        nodes[bridge] = {"kind": "bridge", "host": host, "vlan_filtering": aware}
        if aware:
            nodes[bridge]["vlan"] = draw(_ONE)
        for _ in range(draw(st.integers(0, 2))):
            drawing.link(drawing.container(host), drawing.bridge_port(bridge))
    for left, right in pairwise(bridges):
        for _ in range(draw(st.integers(0, 2))):
            drawing.link(drawing.bridge_port(left), drawing.bridge_port(right))
    mode = draw(st.sampled_from(["straight", "sub-interfaces", "sub-interfaces", "vlan-aware"]))
    if mode == "straight":
        drawing.link(inner, drawing.bridge_port(bridges[0]))
        return
    trunk = f"t{number}"
    nodes[trunk] = {"kind": "trunk", "host": host, "mode": mode}
    nodes[trunk] |= {"vlans": draw(_SOME), "native": draw(_ONE)}
    drawing.link(inner, drawing.port(trunk))
    if mode == "vlan-aware":
        drawing.link(drawing.port(trunk), drawing.port(bridges[0]))
        return
    for _ in range(draw(st.integers(0, 3))):
        port = drawing.port(trunk, vlan=draw(_ONE))
        if draw(st.booleans()):
            drawing.link(port, drawing.bridge_port(draw(st.sampled_from(bridges))))
        else:
            drawing.link(port, drawing.container(host))


Frame = tuple[str, int | None]
"""A frame on its way: the interface that it has just come to, and its tag."""


class Flood:
    """One broadcast, followed from an interface of a machine through everything that hands it
    on."""

    def __init__(self, design: Design, source: str) -> None:
        self.design = design
        self.heard: set[str] = set()
        """Interfaces of machines, and VLAN-aware or plain bridges themselves, by id."""
        self.again = False
        """Whether it came to a place twice: there is a ring, and it would circle for ever."""
        self._seen: set[Frame] = set()
        self._places: set[tuple[str, int | None]] = set()
        self._waiting: list[Frame] = []
        self._send(source, None)
        while self._waiting:
            self._arrive(*self._waiting.pop())

    def _visit(self, node: str, vlan: int | None) -> None:
        self.again = self.again or (node, vlan) in self._places
        self._places.add((node, vlan))

    def _send(self, interface: str, tag: int | None) -> None:
        peer = self.design.peer(interface)
        if peer is not None and (peer.id, tag) not in self._seen:
            self._seen.add((peer.id, tag))
            self._waiting.append((peer.id, tag))

    def _arrive(self, at: str, tag: int | None) -> None:
        node = self.design.node_at(at)
        others = [one.id for one in self.design.interfaces_of[node.id] if one.id != at]
        if isinstance(node, Bridge) and node.vlan_filtering:
            self._switch(node, at, tag, others)
        elif isinstance(node, Trunk):
            self._trunk(node, at, tag, others)
        elif node.kind in ("bridge", "segment", "nic"):
            below = isinstance(node, Segment) and self._below(node, at)
            self._visit(f"{node.id} below" if below else node.id, tag)
            if tag is None:
                self.heard.add(node.id)
            for other in others:
                if not isinstance(node, Segment) or self._below(node, at) == self._below(
                    node, other
                ):
                    self._send(other, tag)
        elif tag is None:
            self.heard.add(at)

    def _below(self, segment: Segment, port: str) -> bool:
        """Whether a port is a trunk's, which speaks below the tunnels of VXLAN."""
        nic = self.design.peer(port)
        inner = self.design.peer(f"{nic.node}:in") if nic is not None else None
        trunk = inner is not None and self.design.node_at(inner.id).kind == "trunk"
        return segment.transport == "vxlan" and trunk

    def _vlans(self, port: str) -> tuple[int | None, frozenset[int]]:
        peer = self.design.peer(port)
        trunk = None if peer is None else self.design.node_at(peer.id)
        if isinstance(trunk, Trunk) and trunk.mode == "vlan-aware":
            return trunk.native, ids_of(trunk.vlans) - {trunk.native}
        drawn = self.design.interfaces[port]
        return drawn.vlan, ids_of(drawn.tagged)

    def _switch(self, bridge: Bridge, at: str, tag: int | None, others: list[str]) -> None:
        pvid, tagged = self._vlans(at)
        if tag is not None and tag not in tagged:
            return
        vlan = pvid if tag is None else tag
        if vlan is None:
            return
        self._visit(bridge.id, vlan)
        if bridge.vlan == vlan:
            self.heard.add(bridge.id)
        for other in others:
            pvid, tagged = self._vlans(other)
            if pvid == vlan:
                self._send(other, None)
            if vlan in tagged:
                self._send(other, vlan)

    def _trunk(self, trunk: Trunk, at: str, tag: int | None, others: list[str]) -> None:
        ids, native = ids_of(trunk.vlans), trunk.native
        up = next(id for id in (at, *others) if self._leads_to_nic(id))
        if trunk.mode == "vlan-aware":
            passes = native in ids if tag is None else tag in ids and tag != native
            for other in others if passes else ():
                self._send(other, tag)
            return
        if at == up:
            vlan = native if tag is None else tag
            dropped = tag is not None and tag == native
        else:
            vlan, dropped = self.design.interfaces[at].vlan, tag is not None
        if vlan is None or vlan not in ids or dropped:
            return
        for other in others:  # one VLAN at two ports is refused; as drawn, they are one LAN
            if other != up and self.design.interfaces[other].vlan == vlan:
                self._send(other, None)
        if at != up:
            self._send(up, None if vlan == native else vlan)

    def _leads_to_nic(self, port: str) -> bool:
        peer = self.design.peer(port)
        return peer is not None and self.design.node_at(peer.id).kind == "nic"
