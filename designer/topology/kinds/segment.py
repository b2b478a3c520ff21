"""A segment: the physical switch or LAN between hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment(Node):
    """What joins the NICs of several hosts. With VXLAN (RFC 7348) the bridges behind the NICs
    share one LAN of their own over it; plain means that the NIC itself is a port."""

    kind: ClassVar[str] = "segment"
    title: ClassVar[str] = "Segment"
    help: ClassVar[str] = "The physical switch or LAN between hosts."
    on_host: ClassVar[bool] = False
    takes_interfaces: ClassVar[str] = "ports"

    transport: str = fields.choice(
        "Transport",
        "vxlan: a LAN of its own carried in UDP. plain: the NICs' own LAN.",
        ("vxlan", "plain"),
        default="vxlan",
    )
    vni: int | None = fields.integer(
        "VNI", "VXLAN network identifier. Empty: claimed from the pool.", 1, 16777215, advanced=True
    )
