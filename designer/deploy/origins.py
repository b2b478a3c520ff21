"""Which record each thing on a hypervisor comes from: the compiler's origins, and beside them
those of VMs' cards, of links, and of NICs and segments, by which
:mod:`designer.planner.status` speaks of what is no resource itself.

A key ("cable", REF, …) says that a record is as well as REF is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.compiler import Compiled
from designer.machine.resources import Domain, Key
from designer.rules.view import View
from designer.topology.design import Design


def origins_of(compiled: Compiled, hypervisor: str, view: View) -> dict[Key, str]:
    """Of one hypervisor, by its name."""
    origins: dict[Key, str] = dict(compiled.origins.get(hypervisor, {}))
    macs = compiled.macs.get(hypervisor, {})
    for domain in compiled.states[hypervisor].of_type(Domain):
        for card in domain.nics:
            if card.mac in macs:
                origins.setdefault(("nic", domain.name, card.mac), macs[card.mac])
    here = set(origins.values())
    for key, ref in (*_links(view.design, here), *_uplinks(view, here)):
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
            yield ("cable", told, "nic", uplink.nic.id), f"nodes/{uplink.nic.id}"
            yield ("cable", told, "segment", uplink.segment.id), f"nodes/{uplink.segment.id}"
            for interface in view.design.interfaces_of[uplink.nic.id]:
                outer = view.design.link_at.get(interface.id)
                if outer is not None and outer.id != uplink.link.id:
                    yield ("cable", told, "link", outer.id), f"links/{outer.id}"
