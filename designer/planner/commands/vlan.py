"""A VLAN sub-interface: ip-link(8), section "VLAN Type Support"."""

from __future__ import annotations

from designer.machine.resources import Vlan
from designer.planner.commands import link
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    vlan = operation.after
    assert isinstance(vlan, Vlan)
    words: Command = ("link", "add", "link", vlan.device, "name", vlan.name)
    words += link.at_birth(vlan)
    if vlan.netns:
        words += ("netns", vlan.netns)
    return [ip("", *words, "type", "vlan", "id", str(vlan.vid)), *link.after_birth(vlan)]


def change(operation: Operation) -> list[Command]:
    assert isinstance(operation.after, Vlan)
    return link.changes(operation.after, operation.fields, operation.before)


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Vlan)
    return [link.delete(operation.before)]
