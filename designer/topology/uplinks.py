"""Uplinks: bridges that reach a segment by way of a NIC of their host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from designer.topology.cables import Cable
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Nic, Segment
from designer.topology.records import Interface, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """``link`` joins the bridge's ``port`` to the NIC's inner side; its outer side is in the
    segment."""

    segment: Segment
    nic: Nic
    bridge: Bridge
    port: Interface
    link: Link


def uplinks(design: Design, cables: Mapping[str, Cable | None]) -> Mapping[str, tuple[Uplink, ...]]:
    """The uplinks of each segment, by segment id, in natural order of their links; every segment
    has an entry."""
    segments: dict[str, list[Segment]] = {}
    inner: dict[str, list[tuple[Link, Interface]]] = {}
    for id, cable in cables.items():
        if cable not in (Cable.WIRE, Cable.UPLINK):
            continue
        link = design.links[id]
        near, far = (design.interfaces[one] for one in link.ends)
        if not isinstance(design.nodes[near.node], Nic):
            near, far = far, near
        segment = design.nodes[far.node]
        if isinstance(segment, Segment):
            segments.setdefault(near.node, []).append(segment)
        else:
            inner.setdefault(near.node, []).append((link, far))
    found: dict[str, list[Uplink]] = {one.id: [] for one in design.of_kind(Segment)}
    for nic_id, joined in segments.items():
        nic = design.nodes[nic_id]
        assert isinstance(nic, Nic)
        for segment in joined:
            for link, port in inner.get(nic_id, ()):
                bridge = design.nodes[port.node]
                if isinstance(bridge, Bridge):
                    uplink = Uplink(segment=segment, nic=nic, bridge=bridge, port=port, link=link)
                    found[segment.id].append(uplink)
    return {
        id: tuple(sorted(ones, key=lambda uplink: natural(uplink.link.id)))
        for id, ones in found.items()
    }
