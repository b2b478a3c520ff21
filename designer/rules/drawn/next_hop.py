"""Gateways and the next hops of routes are neighbours: in a subnet of the node, and someone
else's address."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed, warning
from designer.rules.subnets import ip_of
from designer.rules.view import Held, View, sets_addresses
from designer.topology.kinds import Container, Router, Vm

_UNKNOWN = frozenset({"vm", "segment", "network", "trunk"})
"""Who may answer in a LAN at addresses that are not drawn."""


def next_hop(view: View) -> Iterator[Finding]:
    known = {lan: {one.ip for one in held} for lan, held in view.held_by_lan.items()}
    open_lans: set[str] = set()
    for interface in view.design.interfaces.values():
        if view.node(interface).kind in _UNKNOWN:
            open_lans.add(view.lans.of[interface.id])
    for node in view.design.nodes.values():
        if not isinstance(node, Container | Router | Vm) or not sets_addresses(node):
            continue
        held = [one for one in view.held_by_stack.get(node.id, ()) if one.lan]
        hops = [("gateway", node.gateway)] if node.gateway else []
        routes = () if isinstance(node, Vm) else node.routes
        hops += [("routes", route["via"]) for route in routes]
        for field, text in dict.fromkeys(hops):
            hop = ip_of(text)
            near = [one for one in held if one.subnet.holds(*hop)]
            ref = f"nodes/{node.id}"
            if not near:
                yield error(
                    "next-hop",
                    ref,
                    field,
                    f"{text} is in no subnet of {node.id}{_which(held, hop[0])}.",
                    "Name an address of a neighbour, or give an interface an address in its "
                    "subnet.",
                )
            elif any(one.ip == hop for one in held):
                message = f"{text} is the address of {node.id} itself."
                yield error("next-hop", ref, field, message, "Name the address of a neighbour.")
            elif not any(hop in known[one.lan] or one.lan in open_lans for one in near):
                message = f"Nobody in that LAN has {text}."
                fix = "Name the address of a router or host there, or give it to one."
                yield warning("next-hop-absent", ref, field, message, fix)


def _which(held: list[Held], version: int) -> str:
    subnets = {str(one.subnet) for one in held if one.subnet.version == version}
    return f" ({listed(subnets)})" if subnets else ""
