"""Trunks that meet in a segment agree: what one carries another takes, and untagged frames are of
one VLAN at all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from designer.rules.findings import Finding, error, listed, warning
from designer.rules.view import View
from designer.topology.cables import Cable
from designer.topology.kinds import Segment
from designer.topology.trunks import Trunking
from designer.topology.vlans import shown


def segment_vlans(view: View) -> Iterator[Finding]:
    for segment, met in _met(view).items():
        if len(met) < 2:
            continue
        count = Counter(vlan for one in met for vlan in one.ids)
        count.update(_straight(view, segment))
        for one in met:
            alone = {vlan for vlan in one.ids if count[vlan] == 1}
            if alone:
                what, end, it = (
                    ("VLANs", "end", "them") if len(alone) > 1 else ("VLAN", "ends", "it")
                )
                message = (
                    f"{what} {shown(alone)} of {one.trunk.id} {end} in {segment}: no other trunk "
                    f"there carries {it}."
                )
                fix = f"Add {it} to the trunk of another host there, or take {it} out."
                yield warning("segment-vlans", f"nodes/{one.trunk.id}", "vlans", message, fix)
        yield from _natives(segment, met)


def _natives(segment: str, met: list[Trunking]) -> Iterator[Finding]:
    natives: dict[int, list[Trunking]] = {}
    for one in met:
        if one.trunk.native in one.ids:
            natives.setdefault(one.trunk.native, []).append(one)
    for native, ones in natives.items():
        tagged = [one.trunk.id for one in met if native in one.tagged]
        others = [
            f"VLAN {other} at {listed(one.trunk.id for one in there)}"
            for other, there in natives.items()
            if other != native
        ]
        for one in ones if tagged or others else ():
            ref = f"nodes/{one.trunk.id}"
            if tagged:
                message = (
                    f"In {segment} VLAN {native} is untagged at {one.trunk.id} and tagged at "
                    f"{listed(tagged)}: they do not hear each other in it."
                )
                fix = "Make it native at all of them, or at none."
                yield error("segment-native", ref, "native", message, fix)
            if others:
                message = (
                    f"Untagged frames in {segment} are VLAN {native} at {one.trunk.id} and "
                    f"{listed(others)}: the VLANs run together."
                )
                fix = "Make the same VLAN native at all of them, or none."
                yield error("segment-native", ref, "native", message, fix)


def _met(view: View) -> Mapping[str, list[Trunking]]:
    """The trunks in each segment, by segment id."""
    if not view.trunks:
        return {}
    by_nic: dict[str, list[Trunking]] = {}
    for one in view.trunks.values():
        for _, nic, _ in one.uplinks:
            by_nic.setdefault(nic.id, []).append(one)
    found: dict[str, list[Trunking]] = {}
    for id, cable in view.cables.items():
        if cable is Cable.WIRE:
            near, far = view.ends(view.design.links[id])
            if isinstance(view.node(near), Segment):
                near, far = far, near
            found.setdefault(far.node, []).extend(by_nic.get(near.node, ()))
    return found


def _straight(view: View, segment: str) -> Iterator[int]:
    """VLANs that VLAN-aware bridges carry there whose NIC is linked straight to them."""
    for uplink in view.uplinks[segment]:
        port = view.aware_ports.get(uplink.port.id)
        if port is not None and uplink.segment.transport == "plain":
            yield from port.tagged
