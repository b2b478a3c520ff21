"""A port forward leads to a card behind its network or router, at an address that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_interface, ip_network
from typing import Any

from designer.rules.findings import Finding, called, error, listed, warning
from designer.rules.forwarding import Forwarding, Side, forwarded, sides, target_of
from designer.rules.subnets import ip_of, ip_text, subnet_of
from designer.rules.view import Held, View, sets_addresses
from designer.topology.kinds import Network, Router
from designer.topology.leasing import asks

_CARDS = frozenset({"vm", "container", "router"})


def forwards(view: View) -> Iterator[Finding]:
    taken: dict[tuple[str, str, int], list[str]] = {}
    nodes: list[Forwarding] = [*view.design.of_kind(Network), *view.design.of_kind(Router)]
    for node in nodes:
        if not node.forwards or (isinstance(node, Network) and node.existing):
            continue
        if unable := _unable(node):
            yield error("forward-nat", f"nodes/{node.id}", "forwards", *unable)
            continue
        for one in node.forwards:
            if isinstance(node, Network):
                taken.setdefault((node.host, *_port(one)), []).append(node.id)
            yield from _target(view, node, one)
        yield from _way_back(view, node)
    for (host, protocol, port), ids in taken.items():
        for id in ids if len(ids) > 1 else ():
            others = listed(other for other in ids if other != id)
            message = f"{called_port(protocol, port)} of {host} is forwarded by {others}, too."
            yield error("forward-twice", f"nodes/{id}", "forwards", message, "Choose another port.")


def _unable(node: Forwarding) -> tuple[str, str] | None:
    """Why it forwards no port at all, and what to do."""
    if isinstance(node, Router):
        if node.masquerade:
            return None
        message = f"{node.id} masquerades out of no interface, so nothing is behind it."
        return message, "Name its interface to the outside, or take the port forwards out."
    if node.forward == "nat":
        return None
    message = f"{node.id} is {node.forward}, and ports lead into NAT networks only."
    return message, "Set Forwarding to nat, or take the port forwards out."


def _port(one: Mapping[str, Any]) -> tuple[str, int]:
    return one["protocol"], one["port"]


def called_port(protocol: str, port: int) -> str:
    return f"{protocol.upper()} port {port}"


def _target(view: View, node: Forwarding, one: Mapping[str, Any]) -> Iterator[Finding]:
    ref, to = f"nodes/{node.id}", one["to"]
    card = view.design.interfaces.get(to)
    what = called_port(*_port(one))
    message, fix = "", f"Choose a card behind {node.id}, or take the forward out."
    near = [side for side in sides(view, node) if card and side.lan == view.lans.of[to]]
    if card is None:
        message = f"{what} is forwarded to {to}, which is not there."
    elif view.node(card).kind not in _CARDS:
        kind = called(view.node(card).kind)
        message = f"{what} is forwarded to {to}, of a {kind}: nobody answers there."
    elif to not in view.links_at or card.node == node.id or not near:
        message = f"{what} is forwarded to {to}, which is not behind {node.id}."
    if message:
        yield error("forward-target", ref, "forwards", message, fix)
    elif not _will_have(view, node, to) and all(target_of(view, side, to) is None for side in near):
        message = f"{what} is forwarded to {to}, of which no address behind {node.id} is known."
        yield error("forward-address", ref, "forwards", message, _address(view, node, near[0], to))


def _will_have(view: View, node: Forwarding, to: str) -> bool:
    """Whether an address is chosen for the card, in a subnet that is not known yet."""
    if not isinstance(node, Network) or node.addresses:
        return False
    return asks(view.design, node, view.design.interfaces[to])


def _address(view: View, node: Forwarding, side: Side, to: str) -> str:
    """What to draw, so that it is known."""
    machine = view.design.node_at(to)
    if isinstance(node, Network) and not node.dhcp and not sets_addresses(machine):
        return f"Turn DHCP on at {node.id}: an address is then kept for {to}."
    ipv4 = next((one for one in side.addresses if ":" not in one), "")
    if not ipv4:
        here = "of the host at" if isinstance(node, Network) else "at"
        return f"Draw an IPv4 address {here} {node.id}, and one in its subnet at {to}."
    taken = {held.ip for held in view.held_by_lan.get(side.lan, ())}
    subnet = ip_network(ip_interface(ipv4).network)
    free = (number for number in range(int(subnet[1]), int(subnet[-1])) if (4, number) not in taken)
    number = next(free, None)
    if number is None:
        here = " of the host" if isinstance(node, Network) else f" at {node.id}"
        return f"{subnet} is full: draw an address{here} in a larger subnet."
    return f"Draw an address at {to}, such as {ip_text(4, number)}/{subnet.prefixlen}."


def _way_back(view: View, behind: Forwarding) -> Iterator[Finding]:
    """Who sets a target's addresses by hand says where its answers go."""
    told: set[str] = set()
    for _, side, held in forwarded(view, behind):
        node = view.design.nodes[view.design.interfaces[held.holder].node]
        if held.leased or node.id in told:
            continue  # DHCP says so
        here = [one.partition("/")[0] for one in side.addresses if _holds(one, held)]
        routes = getattr(node, "routes", ())
        hops = [getattr(node, "gateway", ""), *(one["via"] for one in routes)]
        if {ip_of(hop) for hop in hops if hop}.isdisjoint(map(ip_of, here)):
            told.add(node.id)
            message = f"{node.id} does not answer by way of {behind.id}, so what is forwarded to "
            message += "it from elsewhere gets no answer."
            fix = f"Set its default gateway to {here[0]}."
            yield warning("forward-answer", f"nodes/{node.id}", "gateway", message, fix)


def _holds(address: str, held: Held) -> bool:
    return subnet_of(address).holds(*held.ip)
