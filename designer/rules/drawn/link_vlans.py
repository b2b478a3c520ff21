"""Two VLAN-aware bridges agree on the VLANs of the link between them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, warning
from designer.rules.view import View
from designer.topology.ports import AwarePort
from designer.topology.vlans import shown


def link_vlans(view: View) -> Iterator[Finding]:
    ports = view.aware_ports
    for id in view.cables if ports else ():
        link = view.design.links[id]
        near, far = ports.get(link.a), ports.get(link.b)
        if near is None or far is None or near.bridge is far.bridge:
            continue
        ref = f"links/{id}"
        for one, other in sorted(((near, far), (far, near)), key=lambda pair: pair[0].port.id):
            yield from _lost(ref, one, other)
        if near.pvid != far.pvid and near.pvid is not None and far.pvid is not None:
            low, high = sorted((near, far), key=lambda port: port.port.id)
            message = (
                f"Untagged frames are VLAN {low.pvid} at {low.port.id} and VLAN {high.pvid} at "
                f"{high.port.id}: the link joins the two VLANs."
            )
            yield warning("link-vlans", ref, "", message, "Give both ends the same access VLAN.")


def _lost(ref: str, one: AwarePort, other: AwarePort) -> Iterator[Finding]:
    """What one end sends and the other drops."""
    fix = "Let the same VLANs be tagged at both ends, or the same be the access VLAN of both."
    lost = one.tagged - other.tagged - {other.pvid}
    if lost:
        message = f"VLAN {shown(lost)} is tagged at {one.port.id}; {other.port.id} drops it."
        yield warning("link-vlans", ref, "", message, fix)
    if other.pvid in one.tagged:
        message = (
            f"VLAN {other.pvid} is tagged at {one.port.id} and untagged at {other.port.id}: "
            "nothing comes back."
        )
        yield warning("link-vlans", ref, "", message, fix)
    if one.pvid is not None and other.pvid is None and one.pvid not in other.tagged:
        message = f"VLAN {one.pvid} is untagged at {one.port.id}; {other.port.id} drops it."
        fix = f"Choose access VLAN {one.pvid} at {other.port.id}, too."
        yield warning("link-vlans", ref, "", message, fix)
