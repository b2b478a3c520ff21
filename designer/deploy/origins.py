"""Which record each thing on a hypervisor comes from: the compiler's origins, and beside them
those of VMs' cards, of links, and of NICs, trunks and segments, by which
:mod:`designer.planner.status` speaks of what is no resource itself.

A key ("cable", REF, …) says that a record is as well as REF is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.compiler import Compiled
from designer.machine.resources import Domain, Key
from designer.rules.view import View
from designer.topology.design import Design
from designer.topology.kinds import Segment
from designer.topology.trunks import Trunking


def origins_of(compiled: Compiled, hypervisor: str, view: View) -> dict[Key, str]:
    """Of one hypervisor, by its name."""
    origins: dict[Key, str] = dict(compiled.origins.get(hypervisor, {}))
    macs = compiled.macs.get(hypervisor, {})
    for domain in compiled.states[hypervisor].of_type(Domain):
        for card in domain.nics:
            if card.mac in macs:
                origins.setdefault(("nic", domain.name, card.mac), macs[card.mac])
    here = set(origins.values())
    design = view.design
    for key, ref in (*_links(design, here), *_uplinks(view, here), *_trunks(view, here)):
        origins.setdefault(key, ref)
    return origins


def as_json(origins: Mapping[Key, str]) -> list[list[object]]:
    return [[list(key), ref] for key, ref in origins.items()]


def _links(design: Design, here: set[str]) -> Iterator[tuple[Key, str]]:
    """A link is as well as its own devices and its ends."""
    for link in design.links.values():
        ref = f"links/{link.id}"
        for told in (ref, *(f"interfaces/{end}" for end in link.ends)):
            if told in here:
                yield ("cable", told), ref


def _uplinks(view: View, here: set[str]) -> Iterator[tuple[Key, str]]:
    """NIC, segment and the link between them are as well as what goes over them."""
    for uplinks in view.uplinks.values():
        for uplink in uplinks:
            told = f"links/{uplink.link.id}"
            if told not in here:
                continue
            yield from _card(view.design, told, uplink.nic.id)


def _trunks(view: View, here: set[str]) -> Iterator[tuple[Key, str]]:
    """A trunk, its NIC, the segment and the links between them are as well as its VLANs."""
    for id, trunking in view.trunks.items():
        ref = f"nodes/{id}"
        for told in (ref, *_vlans(trunking)):
            if told not in here:
                continue
            yield ("cable", told, "trunk", id), ref
            for _, nic, _ in trunking.uplinks:
                yield from _card(view.design, told, nic.id)


def _vlans(trunking: Trunking) -> Iterator[str]:
    """The records that the things behind a trunk's ports come from."""
    for access in trunking.accesses:
        yield f"interfaces/{access.port.id}"
        if access.link is not None and access.far is not None:
            yield f"links/{access.link.id}"
            yield f"interfaces/{access.far.id}"


def _card(design: Design, told: str, nic_id: str) -> Iterator[tuple[Key, str]]:
    """A NIC, what its links are and the segment that one of them leads to."""
    yield ("cable", told, "nic", nic_id), f"nodes/{nic_id}"
    for interface in design.interfaces_of[nic_id]:
        link, far = design.link_at.get(interface.id), design.peer(interface.id)
        if link is None or far is None:
            continue
        if f"links/{link.id}" != told:
            yield ("cable", told, "link", link.id), f"links/{link.id}"
        if isinstance(design.nodes[far.node], Segment):
            yield ("cable", told, "segment", far.node), f"nodes/{far.node}"
