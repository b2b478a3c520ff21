"""A router: a container that forwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Router(Node):
    """Forwards IPv4 and IPv6 between its interfaces; masquerades out of chosen ones through
    nftables in a table of its own."""

    kind: ClassVar[str] = "router"
    title: ClassVar[str] = "Router"
    help: ClassVar[str] = "Forwards between its interfaces, with NAT where wanted."
    takes_interfaces: ClassVar[str] = "stack"

    host: str = fields.reference("Host", "The host that it stands on.", "host")
    gateway: str = fields.ip("Default gateway", "Where everything goes that is not near.")
    routes: tuple[dict[str, str], ...] = fields.routes(
        "Static routes", "Prefixes by way of others."
    )
    masquerade: tuple[str, ...] = fields.keys(
        "Masquerade out of",
        "Interfaces whose address hides what is behind the others; nothing new comes in by them.",
    )
    isolate: tuple[str, ...] = fields.keys(
        "Keep apart",
        "Interfaces that the router forwards nothing between; to the others it does.",
    )
    forwards: tuple[dict[str, Any], ...] = fields.forwards(
        "Port forwards",
        "Where it masquerades: what comes to this port of the router goes to a card behind it.",
    )
