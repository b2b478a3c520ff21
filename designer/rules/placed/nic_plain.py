"""A NIC becomes a bridge's port only where that takes nothing from the hypervisor."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site


def nic_plain(site: Site) -> Iterator[Finding]:
    used: dict[tuple[str | None, str], set[str]] = {}
    for uplink in site.uplinks():
        card = site.hypervisor(uplink.nic.id), uplink.nic.name
        used.setdefault(card, set()).add(uplink.nic.id)
    for uplink in site.uplinks():
        nic = uplink.nic
        hypervisor = site.hypervisor(nic.id)
        facts = site.facts(nic.id, nic.name)
        if facts is None or hypervisor is None or uplink.segment.transport != "plain":
            continue
        ref = f"nodes/{nic.id}"
        if facts.addresses:
            message = (
                f"{nic.name} of {hypervisor} has addresses ({listed(facts.addresses)}); as a "
                "bridge's port it would lose them, and moving them is not done yet."
            )
            fix = f"Choose vxlan for {uplink.segment.id}, or a card without addresses."
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
