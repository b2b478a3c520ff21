"""A card: lent to a bridge and put back. Nothing else of it is touched."""

from __future__ import annotations

from designer.machine.resources import Physical
from designer.planner.commands import link
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def change(operation: Operation) -> list[Command]:
    assert isinstance(operation.after, Physical)
    return link.changes(operation.after, operation.fields, operation.before)


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Physical)
    card = operation.before
    return [ip(card.netns, "link", "set", card.name, *link.master(None))]
