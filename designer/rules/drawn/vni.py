"""A VXLAN network identifier is one segment's, and means nothing without VXLAN."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.kinds import Segment


def vni(view: View) -> Iterator[Finding]:
    drawn: dict[int, list[str]] = {}
    for segment in view.design.of_kind(Segment):
        if segment.vni is None:
            continue
        if segment.transport == "vxlan":
            drawn.setdefault(segment.vni, []).append(segment.id)
            continue
        message = "A VNI means nothing with plain transport."
        fix = "Leave it empty, or choose vxlan."
        yield error("vni-plain", f"nodes/{segment.id}", "vni", message, fix)
    for number, ids in drawn.items():
        for id in ids if len(ids) > 1 else ():
            others = listed(other for other in ids if other != id)
            message = f"VNI {number} is that of {others}, too."
            fix = "Give each another, or none: one is claimed."
            yield error("vni-twice", f"nodes/{id}", "vni", message, fix)
