"""Hosts with trunks have a card each: one card has each VLAN once."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.trunks import Trunking


def trunks(site: Site) -> Iterator[Finding]:
    on_card: dict[tuple[str, str], list[Trunking]] = {}
    for trunking in site.view.trunks.values():
        hypervisor = site.placement.get(trunking.trunk.host)
        if hypervisor is not None and trunking.nic is not None and trunking.nic.name:
            on_card.setdefault((hypervisor, trunking.nic.name), []).append(trunking)
    for (hypervisor, card), ones in on_card.items():
        for one in ones if len(ones) > 1 else ():
            others = [other for other in ones if other.trunk.host != one.trunk.host]
            if not others:
                continue  # drawn twice on one host: a rule on the design says so
            hosts = listed({other.trunk.host for other in others})
            message = f"{card} of {hypervisor} would carry the trunk of {hosts}, too."
            fix = "Place hosts with trunks on different hypervisors."
            yield error("trunk-shared", f"nodes/{one.trunk.id}", "host", message, fix)
