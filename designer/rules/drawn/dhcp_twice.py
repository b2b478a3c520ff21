"""One LAN has one DHCP server."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, listed, warning
from designer.rules.view import View
from designer.topology.kinds import Network


def dhcp_twice(view: View) -> Iterator[Finding]:
    servers: dict[str, list[str]] = {}
    for network in view.design.of_kind(Network):
        if network.dhcp and not network.existing:
            servers.setdefault(view.lans.of[network.id], []).append(network.id)
    for ids in servers.values():
        for id in ids if len(ids) > 1 else ():
            others = listed(one for one in ids if one != id)
            message = f"{others} gives addresses in the same LAN: who answers first is chance."
            fix = "Turn DHCP off at all but one of them."
            yield warning("dhcp-twice", f"nodes/{id}", "dhcp", message, fix)
