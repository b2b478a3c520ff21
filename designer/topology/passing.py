"""What passes each segment: the VLANs, and the hosts that carry them there."""

from __future__ import annotations

from collections.abc import Mapping

from designer.topology.cables import Cable, cable_of
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Nic, Segment
from designer.topology.trunks import trunks
from designer.topology.vlans import ids_of

UNTAGGED = 0


def passing(design: Design) -> Mapping[str, Mapping[int, tuple[str, ...]]]:
    """By segment and VLAN, ascending, the hosts whose NICs there carry it, in natural order.

    VLAN 0 are untagged frames: a trunk's native VLAN, and what a bridge sends that is linked
    straight to its NIC. Every segment has an entry.
    """
    vlans_of, cards = carried(design)
    found: dict[str, dict[int, set[str]]] = {one.id: {} for one in design.of_kind(Segment)}
    for segment, nic in cards:
        for vlan in vlans_of.get(nic.id, ()):
            found[segment.id].setdefault(vlan, set()).add(nic.host)
    return {
        id: {vlan: tuple(sorted(vlans[vlan], key=natural)) for vlan in sorted(vlans)}
        for id, vlans in found.items()
    }


def carried(design: Design) -> tuple[Mapping[str, set[int]], list[tuple[Segment, Nic]]]:
    """The VLANs that each NIC carries, by its id (one that carries none has no entry), and which
    NICs are in which segments."""
    vlans_of: dict[str, set[int]] = {}
    for one in trunks(design).values():
        untagged = {UNTAGGED} if one.trunk.native in one.ids else set()
        for _, nic, _ in one.uplinks:
            vlans_of.setdefault(nic.id, set()).update(one.tagged | untagged)
    wires: list[tuple[Segment, Nic]] = []
    for link in design.links.values():
        cable = cable_of(design, link)
        if cable not in (Cable.WIRE, Cable.UPLINK):
            continue
        near, far = (design.interfaces[end] for end in link.ends)
        if not isinstance(design.nodes[near.node], Nic):
            near, far = far, near
        card, other = design.nodes[near.node], design.nodes[far.node]
        assert isinstance(card, Nic)
        if isinstance(other, Segment):
            wires.append((other, card))
        elif isinstance(other, Bridge):
            passes = vlans_of.setdefault(card.id, set())
            if not other.vlan_filtering or far.vlan is not None:
                passes.add(UNTAGGED)
            if other.vlan_filtering:
                passes.update(ids_of(far.tagged))
    return vlans_of, wires
