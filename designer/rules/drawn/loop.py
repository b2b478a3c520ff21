"""A ring of bridges needs spanning tree, or one broadcast circles in it for ever.

A bridge without spanning tree hands its messages on (IEEE 802.1D addresses are only kept back by
those that speak it), so one bridge that speaks it breaks every ring that it is part of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.cables import Cable
from designer.topology.document import natural
from designer.topology.kinds import Bridge


def loop(view: View) -> Iterator[Finding]:
    edges = Counter(_edges(view))
    if not edges:
        return
    joined = {node for edge in edges for node in edge}
    if not _has_ring(edges):
        return
    import networkx  # slow to load, and hardly ever needed

    graph = networkx.Graph()
    graph.add_nodes_from(joined)
    graph.add_edges_from(edges)
    for ring in networkx.biconnected_components(graph):
        if len(ring) > 2 or edges[_edge(*ring)] > 1:
            bridges = sorted(
                (id for id in ring if isinstance(view.design.nodes[id], Bridge)), key=natural
            )
            message = f"{listed(ring)} form a ring without spanning tree."
            fix = (
                f"Turn spanning tree on at {bridges[0]}, or take a link out."
                if bridges
                else "Take a link out."
            )
            at = bridges[0] if bridges else min(ring, key=natural)
            yield error("loop", f"nodes/{at}", "stp" if bridges else "", message, fix)


def _edges(view: View) -> Iterator[tuple[str, str]]:
    """Links between switches that do not speak spanning tree; one through a NIC counts as one."""
    design = view.design
    speaks = {bridge.id for bridge in design.of_kind(Bridge) if bridge.stp}
    switches = {
        id
        for id, node in design.nodes.items()
        if node.kind in ("bridge", "network", "segment") and id not in speaks
    }
    for id, cable in view.cables.items():
        if cable is Cable.VETH:
            near, far = view.ends(design.links[id])
            if near.node in switches and far.node in switches and near.node != far.node:
                yield _edge(near.node, far.node)
    for segment_id, uplinks in view.uplinks.items():
        for uplink in uplinks:
            if uplink.bridge.id in switches:
                yield _edge(segment_id, uplink.bridge.id)


def _edge(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _has_ring(edges: Counter[tuple[str, str]]) -> bool:
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for (one, other), count in edges.items():
        here, there = root(one), root(other)
        if count > 1 or here == there:
            return True
        parent[here] = there
    return False
