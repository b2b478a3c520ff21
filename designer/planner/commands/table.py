"""A table of ours with NAT, port forwards and what is kept apart: nft(8)."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.resources import Behind, Forward, NatTable, Resource
from designer.planner.commands.typed import Command, within
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    table = _table(operation.after)
    return [_nft(table, "add", "table"), *_chains(table), *_rules(table)]


def change(operation: Operation) -> list[Command]:
    table = _table(operation.after)
    return [_nft(table, "flush", "table"), *_chains(table), *_rules(table)]


def delete(operation: Operation) -> list[Command]:
    return [_nft(_table(operation.before), "delete", "table")]


_HOOKS = {
    "prerouting": "nat hook prerouting priority dstnat",
    "output": "nat hook output priority -100",
    "postrouting": "nat hook postrouting priority srcnat",
    "forward": "filter hook forward priority filter",
}
Rule = tuple[str, ...]
"""The chain first."""


def _chains(table: NatTable) -> list[Command]:
    """Adding one that is there changes nothing."""
    chains = ["prerouting", "output"] if table.forwards else []
    chains += ["postrouting", "forward"] if table.translates else ["forward"]
    return [_nft(table, "add", "chain", one, f"{{ type {_HOOKS[one]} ; }}") for one in chains]


def _rules(table: NatTable) -> list[Command]:
    rules: list[Rule] = []
    if table.isolated:
        apart = _set(table.isolated)
        rules.append(("forward", "iifname", apart, "oifname", apart, "drop"))
    if table.outside:
        rules.append(("postrouting", "oifname", _set(table.outside), "masquerade"))
    for one in table.forwards:
        rules += _to_target(one)
    for network in table.behind:
        rules += _leaving(network)
    if table.translates:
        rules.append(("forward", "ct", "state", "established,related", "accept"))
    if table.forwards:
        rules.append(("forward", "ct", "status", "dnat", "accept"))
    if table.outside:
        rules.append(("forward", "iifname", _set(table.outside), "drop"))
    for network in table.behind:
        bridge = network.bridge
        rules.append(("forward", "iifname", "!=", bridge, "oifname", bridge, "drop"))
    return [_nft(table, "add", "rule", *rule) for rule in rules]


def _to_target(one: Forward) -> Iterator[Rule]:
    """And back: the answer to who is near the target goes by way of us, too."""
    ip, loopback, to = ("ip", "127.0.0.0/8", one.to)
    if ":" in one.to:
        ip, loopback, to = ("ip6", "::1", f"[{one.to}]")
    local = ("fib", "daddr", "type", "local", ip, "daddr", "!=", loopback)
    for chain in ("prerouting", "output"):
        port = (one.protocol, "dport", str(one.port))
        yield (chain, *local, *port, "dnat", ip, "to", f"{to}:{one.to_port}")
    near = (ip, "saddr", one.near, ip, "daddr", one.to)
    yield ("postrouting", *near, "ct", "status", "dnat", "masquerade")


def _leaving(network: Behind) -> Iterator[Rule]:
    for subnet in network.subnets:
        ip = "ip6" if ":" in subnet else "ip"
        apart = (ip, "saddr", subnet, ip, "daddr", "!=", subnet)
        yield ("postrouting", *apart, "oifname", "!=", network.bridge, "masquerade")


def _set(names: tuple[str, ...]) -> str:
    return "{ " + ", ".join(f'"{name}"' for name in names) + " }"


def _nft(table: NatTable, verb: str, what: str, *words: str) -> Command:
    return within(table.netns, "nft", verb, what, "inet", table.name, *words)


def _table(resource: Resource | None) -> NatTable:
    assert isinstance(resource, NatTable)
    return resource
