"""A NIC has an inner side "in" towards a bridge or trunk and an outer side "out" towards a segment.

A lone trunk may do without the segment: its VLANs are LANs on that host, too."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, warning
from designer.rules.view import View
from designer.topology.kinds import Nic

_FIXES = {
    "in": "Link its inner side to a bridge or a trunk of its host.",
    "out": "Link its outer side to a segment.",
}


def nic_sides(view: View) -> Iterator[Finding]:
    trunked = {nic.id for one in view.trunks.values() for _, nic, _ in one.uplinks}
    for nic in view.design.of_kind(Nic):
        linked = {one.key for one in view.linked(nic.id)}
        for interface in view.design.interfaces_of[nic.id]:
            if interface.key not in _FIXES:
                message = f"A NIC has no side {interface.key}."
                fix = (
                    f"Use {nic.id}:in towards a bridge or trunk and {nic.id}:out towards a segment."
                )
                yield error("nic-side", f"interfaces/{interface.id}", "", message, fix)
        if len(linked) == 1 and not (trunked == {nic.id} and "in" in linked):
            for side in _FIXES.keys() - linked:
                message = f"{nic.id} leads nowhere: its side {side} is not linked."
                yield warning("nic-side", f"nodes/{nic.id}", "", message, _FIXES[side])
