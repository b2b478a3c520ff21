"""A NIC becomes a bridge's port where it can, and what the hypervisor has on it goes along."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.state import Inventory, NicFacts
from designer.rules.cards import card_ports
from designer.rules.findings import Finding, error, listed, warning
from designer.rules.site import Site
from designer.topology.kinds import Bridge, Nic


def nic_plain(site: Site) -> Iterator[Finding]:
    used: dict[tuple[str | None, str], set[str]] = {}
    for nic in _used(site):
        used.setdefault((site.hypervisor(nic.id), nic.name), set()).add(nic.id)
    carried: dict[str, str] = {}
    for nic, bridge, instead in card_ports(site.view):
        inventory = site.inventory(nic.id)
        facts = site.facts(nic.id, nic.name)
        if facts is None or inventory is None:
            continue
        hypervisor, ref = inventory.name, f"nodes/{nic.id}"
        if facts.unbridgeable:
            message = f"{nic.name} of {hypervisor} is {facts.unbridgeable}: no bridge can have it."
            yield error("nic-unbridgeable", ref, "name", message, f"{instead}, or another card.")
        elif facts.addresses:
            other = carried.setdefault(bridge.id, nic.name)
            if other != nic.name:
                message = (
                    f"{other} and {nic.name} of {hypervisor} both have addresses, which would go "
                    f"to {bridge.id}."
                )
                fix = f"Give {nic.name} a bridge of its own."
                yield error("nic-two-carried", ref, "name", message, fix)
            else:
                yield _moves(nic, bridge, facts, inventory, instead)
                yield from _waits(nic, bridge, facts, inventory)
        if facts.master is not None and not site.is_free(hypervisor, facts.master):
            message = f"{nic.name} of {hypervisor} is a port of {facts.master} already."
            fix = f"Take it out of {facts.master}, or choose another card."
            yield error("nic-enslaved", ref, "name", message, fix)
        others = used[hypervisor, nic.name] - {nic.id}
        if others:
            message = f"{nic.name} of {hypervisor} is used by {listed(others)}, too."
            fix = "Place the hosts on different hypervisors, or choose another card."
            yield error("nic-shared", ref, "name", message, fix)


def _moves(
    nic: Nic, bridge: Bridge, facts: NicFacts, inventory: Inventory, instead: str
) -> Finding:
    addresses, within = listed(facts.addresses), inventory.confirm_within
    message = (
        f"{nic.name} of {inventory.name} has addresses ({addresses}): they and its routes move to "
        f"{bridge.name or bridge.id}, and back when the lab is destroyed."
    )
    fix = f"Nothing, if that is meant. Else {instead[0].lower()}{instead[1:]}."
    if facts.management:
        message += (
            f" {inventory.name} reaches this controller by it: unless it does so again within "
            f"{within} s, everything is put back by itself."
        )
        code = "nic-management"
    else:
        code = "nic-moves"
    return warning(code, f"nodes/{nic.id}", "name", message, fix)


def _waits(nic: Nic, bridge: Bridge, facts: NicFacts, inventory: Inventory) -> Iterator[Finding]:
    """With STP a port listens and learns for a forward delay each before it forwards (IEEE 802.1D,
    8.4)."""
    delay = bridge.forward_delay or _FORWARD_DELAY
    if bridge.stp and 2 * delay >= inventory.confirm_within and facts.management:
        message = (
            f"With STP {nic.name} forwards nothing for {2 * delay} s, and {inventory.name} must "
            f"reach this controller within {inventory.confirm_within} s."
        )
        fix = f"Switch STP off on {bridge.id}, or give it a shorter forward delay."
        yield warning("nic-stp", f"nodes/{bridge.id}", "stp", message, fix)


_FORWARD_DELAY = 15
"""Seconds; the kernel's default."""


def _used(site: Site) -> Iterator[Nic]:
    yield from (uplink.nic for uplink in site.uplinks())
    for trunking in site.view.trunks.values():
        yield from (nic for _, nic, _ in trunking.uplinks)
