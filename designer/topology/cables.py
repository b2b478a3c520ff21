"""Cables: what a link between two interfaces is, by what stands at its ends.

==========  ==========================================================================
veth        a veth pair: two stacks, a stack and a bridge, or two bridges, on one host
tap         a VM's card on a bridge; libvirt makes it
uplink      a bridge's (or trunk's) port at the inner side of a NIC
wire        the outer side of a NIC in a segment: nothing to make, someone plugged it
trunk       a trunk's access side: a bridge, or the machine whose interface is the VLAN's
==========  ==========================================================================
"""

from __future__ import annotations

from enum import Enum
from itertools import product

from designer.topology.design import Design
from designer.topology.records import Interface, Link


class Cable(Enum):
    VETH = "veth"
    TAP = "tap"
    UPLINK = "uplink"
    WIRE = "wire"
    TRUNK = "trunk"


NIC_IN, NIC_OUT = "nic:in", "nic:out"
_SWITCHES = ("bridge", "network")
_NAMESPACES = ("container", "router")

JOINS: dict[frozenset[str], Cable] = {
    frozenset(ends): cable
    for cable, pairs in (
        (Cable.VETH, product(_NAMESPACES, (*_NAMESPACES, "host", *_SWITCHES))),
        (Cable.VETH, product(("host", *_SWITCHES), _SWITCHES)),
        (Cable.TAP, product(("vm",), _SWITCHES)),
        (Cable.UPLINK, product((NIC_IN,), ("bridge", "trunk"))),
        (Cable.WIRE, [(NIC_OUT, "segment")]),
        (Cable.TRUNK, product(("trunk",), ("bridge", *_NAMESPACES))),
    )
    for ends in pairs
}
"""Every pair of ends that a link can join; what is not here cannot be joined."""


def end(design: Design, interface: Interface) -> str:
    """What an interface is as a link's end: its node's kind, and of a NIC which side."""
    kind = design.nodes[interface.node].kind
    return f"nic:{interface.key}" if kind == "nic" else kind


def cable_of(design: Design, link: Link) -> Cable | None:
    """What a link is, or None where its ends cannot be joined."""
    a, b = (end(design, design.interfaces[one]) for one in link.ends)
    return JOINS.get(frozenset((a, b)))


def joinable(what: str) -> tuple[str, ...]:
    """What an end of this kind can be linked to."""
    found: set[str] = set()
    for ends in JOINS:
        if what in ends:
            found |= ends - {what} or ends
    return tuple(sorted(found))
