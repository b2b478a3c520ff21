"""A veth pair: veth(4). Made and deleted as one, changed end by end."""

from __future__ import annotations

from designer.machine.resources import Veth
from designer.planner.commands import link
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    one, other = operation.after, operation.peer_after
    assert isinstance(one, Veth)
    words: Command = ("link", "add", one.name, *link.at_birth(one), "type", "veth")
    words += ("peer", "name", one.peer)
    if one.peer_netns != one.netns:
        words += ("netns", one.peer_netns or "1")  # 1: the namespace of that process
    if not isinstance(other, Veth):
        return [ip(one.netns, *words), *link.after_birth(one)]
    words += link.at_birth(other)
    return [ip(one.netns, *words), *link.after_birth(one), *link.after_birth(other)]


def change(operation: Operation) -> list[Command]:
    assert isinstance(operation.after, Veth)
    return link.changes(operation.after, operation.fields, operation.before)


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Veth)
    return [link.delete(operation.before)]
