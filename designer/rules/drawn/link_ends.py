"""What a link joins must be able to be joined (the table is in designer.topology.cables)."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, called, error, listed
from designer.rules.view import View
from designer.topology.cables import NIC_IN, NIC_OUT, end, joinable

_SIDES = {NIC_IN: "NIC's inner side (in)", NIC_OUT: "NIC's outer side (out)"}


def link_ends(view: View) -> Iterator[Finding]:
    for id, cable in view.cables.items():
        if cable is not None:
            continue
        near, far = view.ends(view.design.links[id])
        if near.node == far.node:
            continue  # link_self
        kinds = [end(view.design, one) for one in (near, far)]
        fixes = []
        for kind in dict.fromkeys(kinds):
            others = listed(_called(other) for other in joinable(kind))
            fixes.append(f"A {_called(kind)} can be linked to: {others}." if others else "")
        message = f"A {_called(kinds[0])} and a {_called(kinds[1])} cannot be linked."
        yield error("link-ends", f"links/{id}", "", message, " ".join(filter(None, fixes)))


def _called(kind: str) -> str:
    return _SIDES.get(kind) or called(kind)
