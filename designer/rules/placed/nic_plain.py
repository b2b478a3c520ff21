"""A NIC becomes a bridge's port only where that takes nothing from the hypervisor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.kinds import Nic


class _Port(NamedTuple):
    nic: Nic
    instead: str
    """What to choose in its place."""


def nic_plain(site: Site) -> Iterator[Finding]:
    used: dict[tuple[str | None, str], set[str]] = {}
    for nic in _used(site):
        used.setdefault((site.hypervisor(nic.id), nic.name), set()).add(nic.id)
    for nic, instead in _ports(site):
        hypervisor = site.hypervisor(nic.id)
        facts = site.facts(nic.id, nic.name)
        if facts is None or hypervisor is None:
            continue
        ref = f"nodes/{nic.id}"
        if facts.addresses:
            message = (
                f"{nic.name} of {hypervisor} has addresses ({listed(facts.addresses)}); as a "
                "bridge's port it would lose them, and moving them is not done yet."
            )
            fix = f"{instead}, or choose a card without addresses."
            yield error("nic-addresses", ref, "name", message, fix)
        if facts.master is not None and not site.is_free(hypervisor, facts.master):
            message = f"{nic.name} of {hypervisor} is a port of {facts.master} already."
            fix = f"Take it out of {facts.master}, or choose another card."
            yield error("nic-enslaved", ref, "name", message, fix)
        others = used[hypervisor, nic.name] - {nic.id}
        if others:
            message = f"{nic.name} of {hypervisor} is used by {listed(others)}, too."
            fix = "Place the hosts on different hypervisors, or choose another card."
            yield error("nic-shared", ref, "name", message, fix)


def _used(site: Site) -> Iterator[Nic]:
    yield from (uplink.nic for uplink in site.uplinks())
    for trunking in site.view.trunks.values():
        yield from (nic for _, nic, _ in trunking.uplinks)


def _ports(site: Site) -> Iterator[_Port]:
    """The NICs that become ports themselves: in plain segments, at VLAN-aware trunks, and where a
    trunk's native VLAN leads to a bridge."""
    for uplink in site.uplinks():
        if uplink.segment.transport == "plain":
            yield _Port(uplink.nic, f"Choose vxlan for {uplink.segment.id}")
    for trunking in site.view.trunks.values():
        linked = [one for one in trunking.accesses if one.bridge is not None]
        if trunking.aware and linked:
            instead = f"Build {trunking.trunk.id} of sub-interfaces"
        elif any(one.vlan is not None and one.vlan == trunking.trunk.native for one in linked):
            instead = f"Let no VLAN of {trunking.trunk.id} be native"
        else:
            continue
        if trunking.nic is not None:
            yield _Port(trunking.nic, instead)
