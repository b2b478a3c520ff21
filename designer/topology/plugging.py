"""Pulling a cable: which links can be, and at which end it is done.

A pulled cable is a link of which one end is set down (ip-link(8)); the kernel then takes the
carrier from the other. That is always an end at a bridge: setting down an interface of a container
or router would take its routes and IPv6 addresses with it (Documentation/networking/ip-sysctl,
``keep_addr_on_down``). So a cable between two machines with addresses of their own cannot be
pulled; a VM's can, for its carrier is QEMU's to give (``<link state=…/>``).
"""

from __future__ import annotations

from collections.abc import Mapping

from designer.topology.cables import Cable
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network, Segment, Trunk
from designer.topology.kinds.trunk import VLAN_AWARE
from designer.topology.records import Interface, Link, Node

SWITCHES = ("bridge", "network")


def why_not(design: Design, cables: Mapping[str, Cable | None], link: Link) -> str:
    """Why this link cannot be pulled, as a sentence; "" where it can, or cannot be at all."""
    ends = [design.interfaces[one] for one in link.ends]
    nodes = [design.nodes[one.node] for one in ends]
    switch = any(node.kind in SWITCHES for node in nodes)
    match cables[link.id]:
        case Cable.VETH if not switch:
            return f"It joins {nodes[0].id} and {nodes[1].id} without a bridge between them."
        case Cable.WIRE:
            return "It stands for a cable that somebody plugged into the NIC by hand."
        case Cable.UPLINK:
            return _uplink(design, cables, ends, nodes)
        case Cable.TRUNK:
            return _access(ends, nodes, switch)
    return ""


def _uplink(
    design: Design, cables: Mapping[str, Cable | None], ends: list[Interface], nodes: list[Node]
) -> str:
    """Only a tunnel is ours to set down."""
    if any(isinstance(node, Trunk) for node in nodes):
        return "The NIC carries the whole trunk. Unplug the cables of its VLANs instead."
    nic = next(node for node in nodes if node.kind == "nic")
    outside = {one.id for one in design.interfaces_of[nic.id]} - {one.id for one in ends}
    for id, cable in cables.items():
        if cable is Cable.WIRE and not outside.isdisjoint(design.links[id].ends):
            for end in design.links[id].ends:
                segment = design.node_at(end)
                if isinstance(segment, Segment) and segment.transport == "vxlan":
                    return ""
    return f"The NIC {nic.id} itself is the bridge's port, and is the hypervisor's own."


def _access(ends: list[Interface], nodes: list[Node], switch: bool) -> str:
    port, trunk = next(pair for pair in zip(ends, nodes, strict=True) if pair[1].kind == "trunk")
    assert isinstance(trunk, Trunk)
    if trunk.mode == VLAN_AWARE or (port.vlan is not None and port.vlan == trunk.native):
        return "The trunk's NIC itself is the bridge's port, and is the hypervisor's own."
    if not switch:
        return "The VLAN's sub-interface is the machine's own interface, without a bridge."
    return ""


def cut_off(design: Design, source: str, target: str) -> tuple[str, ...]:
    """The pulled links that part one node from another: those at what ``source`` is still joined
    to, in natural order. None where a way is left, or where there would be none anyway."""
    here = _joined(design, source, pulled_too=False)
    if target in here or target not in _joined(design, source, pulled_too=True):
        return ()
    parting = (
        link.id
        for link in design.links.values()
        if not link.plugged
        and not here.isdisjoint(design.interfaces[end].node for end in link.ends)
    )
    return tuple(sorted(parting, key=natural))


def _joined(design: Design, start: str, *, pulled_too: bool) -> set[str]:
    """The nodes that cables lead to from one, whatever they pass or forward; a bridge or network
    with addresses leads to its host."""
    near: dict[str, set[str]] = {id: set() for id in design.nodes}
    pairs = [
        (design.interfaces[link.a].node, design.interfaces[link.b].node)
        for link in design.links.values()
        if link.plugged or pulled_too
    ]
    pairs += [(one.id, one.host) for one in design.of_kind(Bridge) if one.addresses]
    pairs += [(one.id, one.host) for one in design.of_kind(Network)]
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    found, ahead = {start}, [start]
    while ahead:
        new = near[ahead.pop()] - found
        found |= new
        ahead += new
    return found
