"""Names that we and libvirt generate are nobody's to choose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Bridge

GENERATED = re.compile(r"vnet[0-9]+|virbr[0-9]+(-nic)?|macvtap[0-9]+|tl[bvx][0-9a-f]{10}")


def reserved_name(view: View) -> Iterator[Finding]:
    named = [(f"nodes/{one.id}", one.name) for one in view.design.of_kind(Bridge)]
    named += [
        (f"interfaces/{one.id}", one.name)
        for one in view.design.interfaces.values()
        if one.name and view.node(one).kind in ("host", "bridge", "trunk")
    ]
    for ref, name in named:
        if GENERATED.fullmatch(name):
            message = f"{name} is of a form that is generated for others."
            fix = "Choose another name, or none."
            yield error("reserved-name", ref, "name", message, fix)
