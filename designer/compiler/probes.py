"""What hypervisors send each other over the segments that they share, before a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from designer.machine.probes import ProbeSpec
from designer.machine.state import Inventory
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.passing import UNTAGGED, carried
from designer.topology.trunks import trunks

SMALL = 64
"""Bytes of payload of the small frame: it passes wherever anything does."""


@dataclass(slots=True)
class _Card:
    """A card of a hypervisor in a segment, with the VLANs that go over it and its MTU in bytes."""

    hypervisor: str
    device: str
    mtu: int
    vlans: set[int] = field(default_factory=set)


def compile_probes(
    design: Design, *, placement: Mapping[str, str], inventories: Mapping[str, Inventory]
) -> Mapping[str, tuple[ProbeSpec, ...]]:
    """The probes of each hypervisor, by its name, in natural order of the segments.

    Of a segment that two hypervisors or more share: each VLAN that two or more carry, 0 for
    untagged frames, at the smallest MTU of the cards there. The tunnels of a segment with VXLAN
    are untagged frames as large as the cards take; a trunk there is beside them, on the cards
    themselves. What is not placed, or not known of a card, is left out; rules say so.
    """
    found: dict[str, list[ProbeSpec]] = {}
    for segment_id, cards in _cards(design, placement, inventories):
        if len({card.hypervisor for card in cards}) < 2:
            continue
        carriers: dict[int, set[str]] = {}
        for card in cards:
            for vlan in card.vlans:
                carriers.setdefault(vlan, set()).add(card.hypervisor)
        sizes = (SMALL, min(card.mtu for card in cards))
        for card in cards:
            vlans = tuple(sorted(vlan for vlan in card.vlans if len(carriers[vlan]) > 1))
            if vlans:
                probe = ProbeSpec(segment=segment_id, nic=card.device, vlans=vlans, sizes=sizes)
                found.setdefault(card.hypervisor, []).append(probe)
    return {hypervisor: tuple(found[hypervisor]) for hypervisor in sorted(found)}


def _cards(
    design: Design, placement: Mapping[str, str], inventories: Mapping[str, Inventory]
) -> Iterator[tuple[str, list[_Card]]]:
    """By segment; two hosts on one hypervisor may share a card."""
    vlans_of, wires = carried(design)
    trunks_on = {nic.id for trunk in trunks(design).values() for _, nic, _ in trunk.uplinks}
    by_segment: dict[str, dict[tuple[str, str], _Card]] = {}
    for segment, nic in sorted(wires, key=lambda pair: (natural(pair[0].id), natural(pair[1].id))):
        hypervisor = placement.get(nic.host, "")
        inventory = inventories.get(hypervisor)
        facts = inventory.nic(nic.name) if inventory is not None else None
        if facts is None:
            continue
        cards = by_segment.setdefault(segment.id, {})
        card = cards.setdefault((hypervisor, facts.name), _Card(hypervisor, facts.name, facts.mtu))
        vlans = vlans_of.get(nic.id, set())
        tunnels = segment.transport == "vxlan" and nic.id not in trunks_on
        card.vlans |= {UNTAGGED} if vlans and tunnels else vlans
    for segment_id, cards in by_segment.items():
        yield segment_id, list(cards.values())
