"""The rules of a table of ours in the words of libnftables-json(5), written and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from designer.machine.marks import parse, table_name
from designer.machine.resources import Behind, Forward, NatTable

FAMILY = "inet"
Part = dict[str, Any]
Rule = tuple[str, list[Part]]
"""The name of its chain, and its expression."""

_CHAINS = {
    "prerouting": ("nat", -100),
    "output": ("nat", -100),
    "forward": ("filter", 0),
    "postrouting": ("nat", 100),
}
"""Each at the hook of its name, with its type and priority (nft(8), "dstnat" and so on)."""
_OF_FORWARDS = ("prerouting", "output")
_KNOWN: Rule = (
    "forward",
    [
        {
            "match": {
                "op": "in",
                "left": {"ct": {"key": "state"}},
                "right": ["established", "related"],
            }
        },
        {"accept": None},
    ],
)
_IS_FORWARDED: Part = {
    "match": {"op": "in", "left": {"ct": {"key": "status"}}, "right": "dnat"},
}
_LET_IN: Rule = ("forward", [_IS_FORWARDED, {"accept": None}])
_LOOPBACK: Mapping[int, Any] = {4: {"prefix": {"addr": "127.0.0.0", "len": 8}}, 6: "::1"}


def commands(table: NatTable, mark: str) -> Iterator[Part]:
    """The transaction that puts a table in place."""
    where = {"family": FAMILY, "table": table.name}
    itself = {"table": {"family": FAMILY, "name": table.name}}
    yield {"metainfo": {"json_schema_version": 1}}
    yield {"add": itself}  # so that the next one finds it
    yield {"delete": itself}
    yield {"add": {"table": {"family": FAMILY, "name": table.name, "comment": mark}}}
    for name in _chains(table):
        type, priority = _CHAINS[name]
        base = {"name": name, "type": type, "hook": name, "prio": priority, "policy": "accept"}
        yield {"add": {"chain": {**where, **base}}}
    for chain, expression in _rules(table):
        yield {"add": {"rule": {**where, "chain": chain, "comment": mark, "expr": expression}}}


def _chains(table: NatTable) -> Iterator[str]:
    if table.forwards:
        yield from _OF_FORWARDS
    yield "forward"
    if table.translates:
        yield "postrouting"


def _rules(table: NatTable) -> Iterator[Rule]:
    """Of a chain the first that fits counts."""
    if table.isolated:
        apart = [_is_one_of("iifname", table.isolated), _is_one_of("oifname", table.isolated)]
        yield "forward", [*apart, {"drop": None}]
    yield _KNOWN
    if table.forwards:
        yield _LET_IN
    if table.outside:
        yield "forward", [_is_one_of("iifname", table.outside), {"drop": None}]
        yield "postrouting", [_is_one_of("oifname", table.outside), {"masquerade": None}]
    for network in table.behind:
        yield from _of_network(network)
    for forward in table.forwards:
        yield from _of_forward(forward)


def _of_network(network: Behind) -> Iterator[Rule]:
    leaves = _meta("oifname", "!=", network.bridge)
    elsewhere = _meta("iifname", "!=", network.bridge)
    yield "forward", [elsewhere, _meta("oifname", "==", network.bridge), {"drop": None}]
    for subnet in network.subnets:
        source, target = _address("saddr", "==", subnet), _address("daddr", "!=", subnet)
        yield "postrouting", [source, target, leaves, {"masquerade": None}]


def _of_forward(one: Forward) -> Iterator[Rule]:
    version = ip_address(one.to).version
    for chain in _OF_FORWARDS:
        yield (
            chain,
            [
                _match("==", {"fib": {"result": "type", "flags": ["daddr"]}}, "local"),
                _payload(version, "daddr", "!=", _LOOPBACK[version]),
                _match("==", {"payload": {"protocol": one.protocol, "field": "dport"}}, one.port),
                {"dnat": {"family": _IP[version], "addr": one.to, "port": one.to_port}},
            ],
        )
    near, to = _address("saddr", "==", one.near), _payload(version, "daddr", "==", one.to)
    yield "postrouting", [near, to, _IS_FORWARDED, {"masquerade": None}]


_IP = {4: "ip", 6: "ip6"}


def _match(op: str, left: Part, right: Any) -> Part:
    return {"match": {"op": op, "left": left, "right": right}}


def _meta(key: str, op: str, right: Any) -> Part:
    return _match(op, {"meta": {"key": key}}, right)


def _payload(version: int, which: str, op: str, right: Any) -> Part:
    return _match(op, {"payload": {"protocol": _IP[version], "field": which}}, right)


def _address(which: str, op: str, subnet: str) -> Part:
    network = ip_network(subnet)
    prefix = {"prefix": {"addr": str(network.network_address), "len": network.prefixlen}}
    whole = network.prefixlen == network.max_prefixlen
    return _payload(network.version, which, op, str(network[0]) if whole else prefix)


def _is_one_of(key: str, interfaces: Sequence[str]) -> Part:
    return _meta(key, "==", interfaces[0] if len(interfaces) == 1 else {"set": list(interfaces)})


@dataclass
class _Seen:
    """What the rules of a table seem to be for, before it is known whether all of each is there."""

    rules: set[str] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)
    guarded: list[str] = field(default_factory=list)
    isolated: list[str] = field(default_factory=list)
    subnets: dict[str, list[str]] = field(default_factory=dict)
    targets: list[tuple[str, int, str, int]] = field(default_factory=list)
    near: list[tuple[str, str]] = field(default_factory=list)
    owner: str | None = None


def table_of(listing: Iterable[Part], netns: str, name: str) -> NatTable:
    """The table of this listing. What is there in part does not do what it should: it is seen as
    not there, so that it is a difference."""
    seen = _Seen()
    for item in listing:
        rule = item.get("rule")
        if rule is None:
            continue
        mark = parse(rule.get("comment"))
        if mark is not None and table_name(mark.lab) == name:
            seen.owner = mark.lab
        seen.rules.add(_text((rule["chain"], rule["expr"])))
        _look_at(seen, rule["chain"], rule["expr"])
    networks = (
        Behind(bridge=bridge, subnets=tuple(sorted(found))) for bridge, found in
        seen.subnets.items()
    )  # fmt: skip
    forwards = (
        Forward(protocol=protocol, port=port, to=to, to_port=to_port, near=near)  # type: ignore[arg-type]
        for protocol, port, to, to_port in seen.targets
        for target, near in seen.near
        if target == to
    )
    let_in = _text(_LET_IN) in seen.rules
    return NatTable(
        netns=netns,
        name=name,
        outside=tuple(one for one in seen.outside if one in seen.guarded),
        isolated=tuple(sorted(seen.isolated)),
        behind=tuple(sorted(one for one in networks if _are_in(_of_network(one), seen))),
        forwards=tuple(
            sorted(one for one in set(forwards) if let_in and _are_in(_of_forward(one), seen))
        ),
        owner=seen.owner,
    )


def _look_at(seen: _Seen, chain: str, expression: list[Part]) -> None:
    verdicts = {key for part in expression for key in part}
    come, go = _names(expression, "iifname"), _names(expression, "oifname")
    if chain == "forward" and "drop" in verdicts:
        if go:
            seen.isolated += come if sorted(come) == sorted(go) else []
        else:
            seen.guarded += come
    elif chain == "postrouting" and "masquerade" in verdicts:
        source = _prefix(expression, "saddr")
        if not source:
            seen.outside += go
        elif _IS_FORWARDED in expression:
            seen.near.append((_prefix(expression, "daddr").partition("/")[0], source))
        else:
            for bridge in _names(expression, "oifname", "!="):
                seen.subnets.setdefault(bridge, []).append(source)
    elif chain == "prerouting" and "dnat" in verdicts:
        dnat = next(part["dnat"] for part in expression if "dnat" in part)
        for part in expression:
            left = part.get("match", {}).get("left", {}).get("payload", {})
            if left.get("field") == "dport":
                port = part["match"]["right"]
                seen.targets.append((left["protocol"], port, dnat["addr"], dnat["port"]))


def _are_in(rules: Iterable[Rule], seen: _Seen) -> bool:
    return all(_text(rule) in seen.rules for rule in rules)


def _text(rule: Rule) -> str:
    """One text for rules that do the same, whatever the order in a set."""
    return json.dumps([rule[0], _in_order(rule[1])], sort_keys=True)


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: sorted(one) if key in ("set", "right", "flags") and isinstance(one, list)
            else _in_order(one)
            for key, one in value.items()
        }  # fmt: skip
    return [_in_order(one) for one in value] if isinstance(value, list) else value


def _names(expression: list[Part], key: str, op: str = "==") -> list[str]:
    for part in expression:
        match = part.get("match")
        if match and match["left"] == {"meta": {"key": key}} and match["op"] == op:
            right = match["right"]
            return list(right["set"]) if isinstance(right, dict) else [right]
    return []


def _prefix(expression: list[Part], which: str) -> str:
    """The prefix that an address of the packet is compared with, "" for none."""
    for part in expression:
        left = part.get("match", {}).get("left", {}).get("payload", {})
        if left.get("field") == which:
            right = part["match"]["right"]
            if isinstance(right, str):
                return str(ip_network(right))
            return f"{right['prefix']['addr']}/{right['prefix']['len']}"
    return ""
