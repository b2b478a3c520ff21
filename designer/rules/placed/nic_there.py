"""The hypervisor has the card that a NIC names, and lets designs touch it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.kinds import Nic


def nic_there(site: Site) -> Iterator[Finding]:
    # A card with sub-interfaces is set up by the plan: they need it.
    set_up = {
        nic.id
        for trunking in site.view.trunks.values()
        if any(trunking.sub_interface(access) for access in trunking.accesses)
        for _, nic, _ in trunking.uplinks
    }
    for nic in site.design.of_kind(Nic):
        inventory = site.inventory(nic.id)
        if inventory is None or not nic.name:
            continue
        ref = f"nodes/{nic.id}"
        facts = inventory.nic(nic.name)
        usable = listed(one.name for one in inventory.nics if not one.protected)
        choose = f"Name one of {usable}." if usable else "Place the host on another hypervisor."
        if facts is None:
            message = f"{inventory.name} has no card {nic.name}."
            yield error("nic-missing", ref, "name", message, choose)
        elif facts.protected:
            message = f"{nic.name} of {inventory.name} is protected: no design may touch it."
            yield error("nic-protected", ref, "name", message, choose)
        elif not facts.up and nic.id not in set_up:
            message = f"{nic.name} of {inventory.name} is down."
            fix = f"Plug it in, and set it up on {inventory.name}: ip link set {nic.name} up."
            yield error("nic-down", ref, "name", message, fix)
