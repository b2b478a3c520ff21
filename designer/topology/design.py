"""A design: the graph at one revision, immutable, with the look-ups that everything above needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from designer.topology.records import Check, Interface, Link, Node, Record

N = TypeVar("N", bound=Node)

TABLES = ("nodes", "interfaces", "links", "checks")
OPTIONAL = frozenset({"checks"})
"""Left out of a written document where they have no record."""


@dataclass(frozen=True)
class Design:
    """Nodes, interfaces, links and checks by id. Made by :func:`designer.topology.document.read`
    or by :func:`designer.topology.edits.apply`, which check that references hold."""

    name: str = ""
    description: str = ""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in TABLES:
            object.__setattr__(self, table, MappingProxyType(dict(getattr(self, table))))

    def table(self, name: str) -> Mapping[str, Record]:
        """One of the four tables of records by its name."""
        assert name in TABLES
        records: Mapping[str, Record] = getattr(self, name)
        return records

    def of_kind(self, kind: type[N]) -> Iterator[N]:
        """The nodes of a kind, in the order of the document."""
        return iter(self._by_kind.get(kind, ()))  # type: ignore[arg-type]

    def on_host(self, host_id: str) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.host_id == host_id)

    def host_of(self, node_id: str) -> str | None:
        """The id of the host that a node stands on; a host stands on itself; None for a segment."""
        return self._hosts[node_id]

    @cached_property
    def _hosts(self) -> Mapping[str, str | None]:
        return {id: id if node.kind == "host" else node.host_id for id, node in self.nodes.items()}

    @cached_property
    def _by_kind(self) -> Mapping[type[Node], list[Node]]:
        found: dict[type[Node], list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(type(node), []).append(node)
        return found

    @cached_property
    def interfaces_of(self) -> Mapping[str, tuple[Interface, ...]]:
        """The interfaces of each node, by node id; every node has an entry."""
        found: dict[str, list[Interface]] = {node_id: [] for node_id in self.nodes}
        for interface in self.interfaces.values():
            found[interface.node].append(interface)
        return {node_id: tuple(interfaces) for node_id, interfaces in found.items()}

    @cached_property
    def link_at(self) -> Mapping[str, Link]:
        """The link at an interface, by interface id. With two at one interface (which a rule
        refuses) the first counts."""
        found: dict[str, Link] = {}
        for link in self.links.values():
            for end in link.ends:
                found.setdefault(end, link)
        return found

    def peer(self, interface_id: str) -> Interface | None:
        """The interface at the other end of the link, if there is one."""
        link = self.link_at.get(interface_id)
        if link is None:
            return None
        return self.interfaces[link.b if link.a == interface_id else link.a]

    def node_at(self, interface_id: str) -> Node:
        return self.nodes[self.interfaces[interface_id].node]
