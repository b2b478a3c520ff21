"""Where port forwards lead: from a field of the drawing to an address behind the node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Any

from designer.rules.subnets import subnet_of
from designer.rules.view import Held, View
from designer.topology.document import natural
from designer.topology.kinds import Network, Router

Forwarding = Network | Router


@dataclass(frozen=True, slots=True)
class Side:
    """One LAN behind a node, and the addresses that the node has in it."""

    lan: str
    addresses: tuple[str, ...]


def sides(view: View, node: Forwarding) -> Iterator[Side]:
    """What is behind: ports are forwarded to there."""
    if isinstance(node, Network):
        yield Side(view.lans.of[node.id], node.addresses)
        return
    for interface in sorted(view.linked(node.id), key=lambda one: natural(one.id)):
        if interface.key not in node.masquerade:
            yield Side(view.lans.of[interface.id], interface.addresses)


def target_of(view: View, side: Side, to: str) -> Held | None:
    """The address that an interface is reached by from that side: one that it is known to have,
    in a subnet of the node's own; IPv4 first. None where there is none."""
    subnets = [subnet_of(one) for one in side.addresses]
    found = [
        held
        for held in view.held_by_lan.get(side.lan, ())
        if held.holder == to and any(one.holds(*held.ip) for one in subnets)
    ]
    return min(found, key=lambda held: held.ip[0], default=None)


def near(side: Side, held: Held) -> str:
    """The prefix of the node's own that the address is in."""
    return next(
        str(ip_interface(one).network) for one in side.addresses if subnet_of(one).holds(*held.ip)
    )


def forwarded(view: View, node: Forwarding) -> Iterator[tuple[Mapping[str, Any], Side, Held]]:
    """Those forwards of a node that lead somewhere."""
    for one in node.forwards:
        for side in sides(view, node):
            held = target_of(view, side, one["to"])
            if held is not None and held.stack != node.id:
                yield one, side, held
                break
