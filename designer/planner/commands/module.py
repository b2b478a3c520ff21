"""A kernel module: modprobe(8). We load, and leave what is loaded."""

from __future__ import annotations

from designer.machine.resources import Module
from designer.planner.commands.typed import Command
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    assert isinstance(operation.after, Module)
    return [("modprobe", operation.after.name)]


def delete(operation: Operation) -> list[Command]:
    """Nothing: others may use it by now."""
    assert isinstance(operation.before, Module)
    return []
