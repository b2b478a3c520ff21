"""Networks (libvirt's) can be drawn, and not deployed yet."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Network


def network_kind(view: View) -> Iterator[Finding]:
    for network in view.design.of_kind(Network):
        message = f"{network.id} is a network, and those are not deployed yet."
        fix = (
            "Draw a bridge in its place, and a router beside it that masquerades where it is to "
            "lead outside."
        )
        yield error("network-kind", f"nodes/{network.id}", "kind", message, fix)
