"""A card under VLAN sub-interfaces: ip-link(8), set up, and put back as it was."""

from __future__ import annotations

from designer.machine.marks import parent_mark
from designer.machine.resources import Parent
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    assert isinstance(operation.after, Parent)
    return [_set(operation.after.device, up=operation.after.up)]


def change(operation: Operation) -> list[Command]:
    return create(operation)


def delete(operation: Operation) -> list[Command]:
    """Set down where it was; else only our mark goes."""
    card = operation.before
    assert isinstance(card, Parent)
    mark = parent_mark(card.owner or "", card.was_up is not False, card.device)
    unmark = ip("", "link", "property", "del", "dev", card.device, "altname", mark)
    return [unmark, _set(card.device, up=False)] if card.was_up is False else [unmark]


def _set(device: str, *, up: bool) -> Command:
    return ip("", "link", "set", device, "up" if up else "down")
