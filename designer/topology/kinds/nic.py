"""A NIC: a network card that the hypervisor really has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic(Node):
    """A physical card, used under the name that it has. Linked to a segment outward and to a
    bridge inward."""

    kind: ClassVar[str] = "nic"
    title: ClassVar[str] = "NIC"
    help: ClassVar[str] = "A real network card of the hypervisor."
    takes_interfaces: ClassVar[str] = "single"

    host: str = fields.reference("Host", "The host that it is in.", "host")
    name: str = fields.interface_name("Device", "The card's name on the hypervisor, such as eth1.")
