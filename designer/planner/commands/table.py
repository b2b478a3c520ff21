"""A NAT table of ours: nft(8)."""

from __future__ import annotations

from designer.machine.resources import NatTable, Resource
from designer.planner.commands.typed import Command, within
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    table = _table(operation.after)
    nat = "{ type nat hook postrouting priority srcnat ; }"
    guard = "{ type filter hook forward priority filter ; }"
    return [
        _nft(table, "add", "table"),
        _nft(table, "add", "chain", "postrouting", nat),
        _nft(table, "add", "chain", "forward", guard),
        *_rules(table),
    ]


def change(operation: Operation) -> list[Command]:
    table = _table(operation.after)
    return [_nft(table, "flush", "table"), *_rules(table)]


def delete(operation: Operation) -> list[Command]:
    return [_nft(_table(operation.before), "delete", "table")]


def _rules(table: NatTable) -> list[Command]:
    outside = "{ " + ", ".join(f'"{name}"' for name in table.outside) + " }"
    return [
        _nft(table, "add", "rule", "postrouting", "oifname", outside, "masquerade"),
        _nft(table, "add", "rule", "forward", "ct", "state", "established,related", "accept"),
        _nft(table, "add", "rule", "forward", "iifname", outside, "drop"),
    ]


def _nft(table: NatTable, verb: str, what: str, *words: str) -> Command:
    return within(table.netns, "nft", verb, what, "inet", table.name, *words)


def _table(resource: Resource | None) -> NatTable:
    assert isinstance(resource, NatTable)
    return resource
