"""A router stands between LANs."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, warning
from designer.rules.view import View
from designer.topology.kinds import Router


def router_interfaces(view: View) -> Iterator[Finding]:
    for router in view.design.of_kind(Router):
        if len(list(view.linked(router.id))) == 1:
            message = f"{router.id} has one linked interface: there is nothing to forward between."
            fix = "Link another, or use a container."
            yield warning("router-interfaces", f"nodes/{router.id}", "", message, fix)
