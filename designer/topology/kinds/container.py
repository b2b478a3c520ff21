"""A container: a network namespace with a stack of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Container(Node):
    """A network namespace (network_namespaces(7)) wired by veth pairs."""

    kind: ClassVar[str] = "container"
    title: ClassVar[str] = "Container"
    help: ClassVar[str] = "A network namespace with a stack of its own."
    takes_interfaces: ClassVar[str] = "stack"

    host: str = fields.reference("Host", "The host that it stands on.", "host")
    gateway: str = fields.ip("Default gateway", "Where everything goes that is not near.")
    routes: tuple[dict[str, str], ...] = fields.routes(
        "Static routes", "Prefixes by way of others."
    )
