"""A table of ours with NAT and what is kept apart: nft(8)."""

from __future__ import annotations

from designer.machine.resources import NatTable, Resource
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


def _chains(table: NatTable) -> list[Command]:
    """Adding one that is there changes nothing."""
    nat = "{ type nat hook postrouting priority srcnat ; }"
    guard = "{ type filter hook forward priority filter ; }"
    chains = [("postrouting", nat)] if table.outside else []
    return [_nft(table, "add", "chain", *chain) for chain in (*chains, ("forward", guard))]


def _rules(table: NatTable) -> list[Command]:
    rules: list[Command] = []
    if table.isolated:
        apart = _set(table.isolated)
        rules.append(("forward", "iifname", apart, "oifname", apart, "drop"))
    if table.outside:
        outside = _set(table.outside)
        rules += [
            ("postrouting", "oifname", outside, "masquerade"),
            ("forward", "ct", "state", "established,related", "accept"),
            ("forward", "iifname", outside, "drop"),
        ]
    return [_nft(table, "add", "rule", *rule) for rule in rules]


def _set(names: tuple[str, ...]) -> str:
    return "{ " + ", ".join(f'"{name}"' for name in names) + " }"


def _nft(table: NatTable, verb: str, what: str, *words: str) -> Command:
    return within(table.netns, "nft", verb, what, "inet", table.name, *words)


def _table(resource: Resource | None) -> NatTable:
    assert isinstance(resource, NatTable)
    return resource
