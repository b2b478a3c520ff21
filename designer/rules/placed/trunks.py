"""Trunks want 802.1Q of the kernel, and are not deployed yet."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.state import FEATURES
from designer.rules.findings import Finding, error
from designer.rules.site import Site
from designer.topology.kinds import Trunk

WANTED = ("8021q", "vlan_filtering")
"""Either would do."""


def trunks(site: Site) -> Iterator[Finding]:
    for trunk in site.design.of_kind(Trunk):
        inventory = site.inventory(trunk.id)
        if inventory is None:
            continue
        ref = f"nodes/{trunk.id}"
        if not any(inventory.can(feature) for feature in WANTED):
            lacks = " and ".join(f"{feature}: {FEATURES[feature]}" for feature in WANTED)
            message = f"The kernel of {inventory.name} cannot carry VLANs; it lacks {lacks}."
            fix = (
                f"Place {trunk.host} on a hypervisor that has one of them, or join the hosts by a "
                "segment with vxlan, one for each VLAN."
            )
            yield error("feature-missing", ref, "vlans", message, fix)
        else:
            message = f"{trunk.id} is a trunk, and those are not deployed yet."
            fix = "Join the hosts by a segment with vxlan, one for each VLAN."
            yield error("trunk-kind", ref, "kind", message, fix)
