"""A network: libvirt's bridge with address, DHCP and forwarding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Node):
    """virbr0 as everyone knows it. Drawn and kept; deploying it is refused by a rule for now."""

    kind: ClassVar[str] = "network"
    title: ClassVar[str] = "Network"
    help: ClassVar[str] = "A bridge with address, DHCP and forwarding, such as virbr0."
    takes_interfaces: ClassVar[str] = "ports"

    host: str = fields.reference("Host", "The host that it stands on.", "host")
    name: str = fields.interface_name(
        "Name", "The bridge's name, such as virbr1. Empty: generated."
    )
    forward: str = fields.choice(
        "Forwarding", "What may leave it.", ("nat", "routed", "open", "isolated"), default="nat"
    )
    addresses: tuple[str, ...] = fields.addresses("Addresses", "Of the host on this network.")
    dhcp: bool = fields.boolean("DHCP", "Gives addresses to what is plugged in.", default=True)
