"""A trunk carries VLANs, the native one among them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.kinds import Trunk


def trunk_vlans(view: View) -> Iterator[Finding]:
    for trunk in view.design.of_kind(Trunk):
        ref = f"nodes/{trunk.id}"
        if not trunk.vlans:
            message = f"{trunk.id} carries no VLAN."
            yield error("trunk-empty", ref, "vlans", message, "List VLAN ids from 1 to 4094.")
        elif trunk.native is not None and trunk.native not in trunk.vlans:
            message = f"The native VLAN {trunk.native} is not on the trunk."
            fix = f"Add it to the VLANs, or choose one of {listed(map(str, trunk.vlans))}."
            yield error("trunk-native", ref, "native", message, fix)
