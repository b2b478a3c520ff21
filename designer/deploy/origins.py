"""Which record each thing on a hypervisor comes from: the compiler's origins, and beside them
those of VMs' cards and of links, by which :mod:`designer.planner.status` speaks of them."""

from __future__ import annotations

from collections.abc import Mapping

from designer.compiler import Compiled
from designer.machine.resources import Domain, Key
from designer.topology.design import Design


def origins_of(compiled: Compiled, hypervisor: str, design: Design) -> dict[Key, str]:
    """Of one hypervisor, by its name."""
    origins: dict[Key, str] = dict(compiled.origins.get(hypervisor, {}))
    macs = compiled.macs.get(hypervisor, {})
    for domain in compiled.states[hypervisor].of_type(Domain):
        for card in domain.nics:
            if card.mac in macs:
                origins.setdefault(("nic", domain.name, card.mac), macs[card.mac])
    here = set(origins.values())
    for link in design.links.values():
        for end in link.ends:
            interface = f"interfaces/{end}"
            if interface in here:
                origins.setdefault(("cable", interface), f"links/{link.id}")
    return origins


def as_json(origins: Mapping[Key, str]) -> list[list[object]]:
    return [[list(key), ref] for key, ref in origins.items()]
