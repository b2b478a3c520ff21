"""The kinds of node, one to a file. A new kind is a new file and a line here."""

from __future__ import annotations

from designer.topology.kinds.bridge import Bridge
from designer.topology.kinds.container import Container
from designer.topology.kinds.host import Host
from designer.topology.kinds.network import Network
from designer.topology.kinds.nic import Nic
from designer.topology.kinds.router import Router
from designer.topology.kinds.segment import Segment
from designer.topology.kinds.trunk import Trunk
from designer.topology.kinds.vm import Vm
from designer.topology.records import Node

KINDS: dict[str, type[Node]] = {
    kind.kind: kind for kind in (Host, Nic, Bridge, Network, Trunk, Vm, Container, Router, Segment)
}

__all__ = [
    "KINDS",
    "Bridge",
    "Container",
    "Host",
    "Network",
    "Nic",
    "Router",
    "Segment",
    "Trunk",
    "Vm",
]
