"""A host has one default gateway of each family by its bridges, and it is a neighbour there."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.cards import card_ports
from designer.rules.findings import Finding, error, listed
from designer.rules.subnets import ip_of, is_near
from designer.rules.view import View
from designer.topology.kinds import Bridge


def host_gateway(view: View) -> Iterator[Finding]:
    bridges = [one for one in view.design.of_kind(Bridge) if one.gateway]
    if not bridges:
        return
    carried = {port.bridge.id for port in card_ports(view)}
    first: dict[tuple[str, int], str] = {}
    for bridge in bridges:
        ref, hop = f"nodes/{bridge.id}", ip_of(bridge.gateway)
        other = first.setdefault((bridge.host, hop[0]), bridge.id)
        if other != bridge.id:
            message = f"{bridge.host} gets a default gateway of IPv{hop[0]} by {other}, too."
            yield error("gateway-twice", ref, "gateway", message, "Keep one of them.")
        if any(ip_of(one.partition("/")[0]) == hop for one in bridge.addresses):
            message = f"{bridge.gateway} is the address of {bridge.id} itself."
            fix = "Name the address of a neighbour."
            yield error("next-hop", ref, "gateway", message, fix)
        elif bridge.id not in carried and not is_near(hop, bridge.addresses):
            message = f"{bridge.gateway} is in no subnet of {bridge.id}{_which(bridge)}."
            fix = "Name an address of a neighbour, or give the bridge an address in its subnet."
            yield error("next-hop", ref, "gateway", message, fix)


def _which(bridge: Bridge) -> str:
    return f" ({listed(bridge.addresses)})" if bridge.addresses else ""
