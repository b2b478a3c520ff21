"""The names of VLAN sub-interfaces fit into the kernel's 15 bytes."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View

LONGEST = 15
"""IFNAMSIZ less the closing zero (include/uapi/linux/if.h)."""


def trunk_names(view: View) -> Iterator[Finding]:
    for trunking in view.trunks.values():
        for access in trunking.accesses:
            name = trunking.sub_interface(access)
            if len(name) > LONGEST:
                message = f"{name} has {len(name)} characters; an interface's name has {LONGEST}."
                fix = "Give the port a shorter name of its own."
                yield error("name-long", f"interfaces/{access.port.id}", "name", message, fix)
