"""A ring of bridges needs spanning tree, or one broadcast circles in it for ever.

A bridge without spanning tree hands its messages on (IEEE 802.1D addresses are only kept back by
those that speak it), so one bridge that speaks it breaks every ring that it is part of. VLANs are
rings of their own: what is joined in VLAN 10 and again in VLAN 20 is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.rings import Edge, Place, edges_of
from designer.rules.view import View
from designer.topology.document import natural
from designer.topology.kinds import Bridge
from designer.topology.vlans import shown


def loop(view: View) -> Iterator[Finding]:
    edges = Counter(edges_of(view))
    if not edges or not _has_ring(edges):
        return
    import networkx  # slow to load, and hardly ever needed

    graph = networkx.Graph()
    graph.add_edges_from(edges)
    rings: dict[frozenset[str], set[int]] = {}
    for places in networkx.biconnected_components(graph):
        if len(places) > 2 or edges[_edge(*places)] > 1:
            vlans = rings.setdefault(frozenset(node for node, _ in places), set())
            vlans.update(vlan for _, vlan in places if vlan)
    for ring, vlans in rings.items():
        bridges = sorted(
            (id for id in ring if isinstance(view.design.nodes[id], Bridge)), key=natural
        )
        where = f" in VLAN {shown(vlans)}" if vlans else ""
        several = "form" if len(ring) > 1 else "forms"
        message = f"{listed(ring)} {several} a ring without spanning tree{where}."
        fix = (
            f"Turn spanning tree on at {bridges[0]}, or take a link out."
            if bridges
            else "Take a link out."
        )
        at = bridges[0] if bridges else min(ring, key=natural)
        yield error("loop", f"nodes/{at}", "stp" if bridges else "", message, fix)


def _edge(one: Place, other: Place) -> Edge:
    return (one, other) if one < other else (other, one)


def _has_ring(edges: Counter[Edge]) -> bool:
    parent: dict[Place, Place] = {}

    def root(place: Place) -> Place:
        parent.setdefault(place, place)
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for (one, other), count in edges.items():
        here, there = root(one), root(other)
        if count > 1 or here == there:
            return True
        parent[here] = there
    return False
