"""A bridge: the kernel's Ethernet switch (IEEE 802.1D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Node):
    """Every option that ``brctl`` and ``ip link ... type bridge`` have. Defaults are the kernel's
    (net/bridge/br_device.c)."""

    kind: ClassVar[str] = "bridge"
    title: ClassVar[str] = "Bridge"
    help: ClassVar[str] = "A switch in the kernel of its host."
    takes_interfaces: ClassVar[str] = "ports"

    host: str = fields.reference("Host", "The host that it stands on.", "host")
    name: str = fields.interface_name("Name", "The kernel's name, such as br0. Empty: generated.")
    addresses: tuple[str, ...] = fields.addresses(
        "Addresses", "Of the host itself on this bridge; none is needed to switch."
    )
    gateway: str = fields.ip(
        "Default gateway of the host",
        "By this bridge, before any other that the host has. Empty: as it is.",
    )
    mac: str | None = fields.mac(
        "MAC address", "Empty: the kernel takes the smallest of its ports."
    )
    mtu: int | None = fields.integer(
        "MTU", "Empty: what the path allows.", 68, 65535, unit="bytes", advanced=True
    )
    stp: bool = fields.boolean("Spanning tree", "Blocks loops (IEEE 802.1D STP).")
    priority: int = fields.integer(
        "Priority", "The lowest becomes the root of the tree.", 0, 65535, default=32768
    )
    forward_delay: int = fields.integer(
        "Forward delay",
        "Time in listening and in learning. With STP off it may be 0.",
        0,
        30,
        default=15,
        unit="s",
    )
    hello_time: int = fields.integer(
        "Hello time", "Between two STP messages.", 1, 10, default=2, unit="s", advanced=True
    )
    max_age: int = fields.integer(
        "Max age", "After it the root counts as lost.", 6, 40, default=20, unit="s", advanced=True
    )
    ageing_time: int = fields.integer(
        "Ageing time",
        "How long a MAC address is remembered; 0 makes a hub.",
        0,
        1000000,
        default=300,
        unit="s",
        advanced=True,
    )
    vlan_filtering: bool = fields.boolean(
        "VLAN-aware",
        "Keeps VLANs apart by the VLANs of its ports (vlan_filtering 1). Off: one LAN for all.",
    )
    vlan: int | None = fields.vlan(
        "VLAN of its own",
        "Where the bridge's own addresses are, untagged. Only of a VLAN-aware bridge. Empty: none.",
        advanced=True,
    )
    ipv6: bool = fields.boolean(
        "IPv6 on the bridge",
        "The host speaks IPv6 here even without an IPv6 address drawn (link-local).",
        advanced=True,
    )
