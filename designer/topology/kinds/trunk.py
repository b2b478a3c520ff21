"""A trunk: several VLANs over one NIC (IEEE 802.1Q)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk(Node):
    """Drawn between a NIC and bridges. Wants the kernel's 8021q or VLAN filtering."""

    kind: ClassVar[str] = "trunk"
    title: ClassVar[str] = "Trunk"
    help: ClassVar[str] = "Carries several VLANs over one NIC."
    takes_interfaces: ClassVar[str] = "ports"

    host: str = fields.reference("Host", "The host that it is on.", "host")
    vlans: tuple[int, ...] = fields.vlan_list("VLANs", "The VLAN ids that pass.")
    native: int | None = fields.integer("Native VLAN", "Passes untagged. Empty: none.", 1, 4094)
