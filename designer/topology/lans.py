"""LANs: which interfaces hear each other's frames (layer-2 broadcast domains)."""

from __future__ import annotations

from collections.abc import Mapping

from designer.topology.design import Design

SWITCHES = frozenset({"bridge", "network", "segment", "nic"})
"""Nodes that hand on what they hear. A trunk keeps its VLANs apart and is not one."""


class Lans:
    """The LAN of every interface and of every switch, named by one of their ids.

    ``of`` maps interface ids and the node ids of switches (an interface's id has a colon, a
    node's has none); ``members`` is the reverse, in the order of the document.
    """

    def __init__(self, design: Design) -> None:
        parent = {id: id for id in design.interfaces}
        parent.update({id: id for id, node in design.nodes.items() if node.kind in SWITCHES})

        def root(id: str) -> str:
            top = id
            while parent[top] != top:
                top = parent[top]
            while parent[id] != top:
                parent[id], id = top, parent[id]
            return top

        for id, interface in design.interfaces.items():
            if interface.node in parent:
                parent[root(id)] = root(interface.node)
        for link in design.links.values():
            parent[root(link.a)] = root(link.b)
        self.of: Mapping[str, str] = {id: root(id) for id in parent}
        members: dict[str, list[str]] = {}
        for id, lan in self.of.items():
            members.setdefault(lan, []).append(id)
        self.members: Mapping[str, list[str]] = members
