"""A trunk carries VLANs, the native one among them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.vlans import shown


def trunk_vlans(view: View) -> Iterator[Finding]:
    for id, trunking in view.trunks.items():
        ref, native = f"nodes/{id}", trunking.trunk.native
        if not trunking.ids:
            message = f"{id} carries no VLAN."
            yield error("trunk-empty", ref, "vlans", message, "List VLAN ids from 1 to 4094.")
        elif native is not None and native not in trunking.ids:
            message = f"The native VLAN {native} is not on the trunk."
            fix = f"Add it to the VLANs, or choose one of them: {shown(trunking.ids)}."
            yield error("trunk-native", ref, "native", message, fix)
