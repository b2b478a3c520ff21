"""A bridge: ip-link(8), section "BRIDGE Type Support". Times are in hundredths of a second."""

from __future__ import annotations

from collections.abc import Collection

from designer.machine.resources import Bridge
from designer.planner.commands import link
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation

_TIMES = ("forward_delay", "hello_time", "max_age", "ageing_time")
OPTIONS = ("stp", "priority", *_TIMES)


def create(operation: Operation) -> list[Command]:
    bridge = operation.after
    assert isinstance(bridge, Bridge)
    words = ("link", "add", bridge.name, *link.at_birth(bridge), "type", "bridge")
    return [ip(bridge.netns, *words, *_options(bridge, OPTIONS)), *link.after_birth(bridge)]


def change(operation: Operation) -> list[Command]:
    bridge = operation.after
    assert isinstance(bridge, Bridge)
    options = _options(bridge, operation.fields)
    commands = []
    if options:
        commands.append(ip(bridge.netns, "link", "set", bridge.name, "type", "bridge", *options))
    return commands + link.changes(bridge, operation.fields)


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Bridge)
    return [link.delete(operation.before)]


def _options(bridge: Bridge, fields: Collection[str]) -> Command:
    words: Command = ()
    for name in OPTIONS:
        value = getattr(bridge, name)
        if name not in fields or value is None:
            continue
        if name == "stp":
            words += ("stp_state", str(int(value)))
        else:
            words += (name, str(value * 100 if name in _TIMES else value))
    return words
