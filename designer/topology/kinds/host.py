"""A host: a slot for a machine, bound to a hypervisor by placement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Host(Node):
    """A machine that carries bridges, NICs and VMs. Its own interfaces are ends of veth pairs
    in the hypervisor's own network namespace."""

    kind: ClassVar[str] = "host"
    title: ClassVar[str] = "Host"
    help: ClassVar[str] = "A machine that carries the rest; bound to a hypervisor at deploy time."
    on_host: ClassVar[bool] = False
    takes_interfaces: ClassVar[str] = "stack"

    note: str = fields.text("Note", "What this machine is for.", lines=True, advanced=True)
