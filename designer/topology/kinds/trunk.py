"""A trunk: several VLANs over one NIC (IEEE 802.1Q)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node

SUB_INTERFACES, VLAN_AWARE = "sub-interfaces", "vlan-aware"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk(Node):
    """Drawn between a NIC and what its VLANs lead to: bridges, containers and routers.

    ``sub-interfaces``: each of its ports is one VLAN, untagged behind it; the kernel's 8021q does
    it. ``vlan-aware``: the NIC itself is a port of one bridge that keeps the VLANs apart.
    """

    kind: ClassVar[str] = "trunk"
    title: ClassVar[str] = "Trunk"
    help: ClassVar[str] = "Carries several VLANs over one NIC."
    takes_interfaces: ClassVar[str] = "ports"

    host: str = fields.reference("Host", "The host that it is on.", "host")
    mode: str = fields.choice(
        "Built as",
        "sub-interfaces: one for each VLAN, such as eth1.10, in a bridge of its own or a machine. "
        "vlan-aware: the NIC is a port of one bridge that filters VLANs.",
        (SUB_INTERFACES, VLAN_AWARE),
        default=SUB_INTERFACES,
    )
    vlans: tuple[int | str, ...] = fields.vlan_list(
        "VLANs", "The VLAN ids that pass, such as 10, 100-110."
    )
    native: int | None = fields.vlan("Native VLAN", "Passes untagged. Empty: none.")
