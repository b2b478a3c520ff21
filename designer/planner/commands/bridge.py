"""A bridge: ip-link(8), section "BRIDGE Type Support". Times are in hundredths of a second."""

from __future__ import annotations

from collections.abc import Collection

from designer.machine.resources import Bridge
from designer.planner.commands import link
from designer.planner.commands.typed import Command, bridge, ip
from designer.planner.operations import Operation

_TIMES = ("forward_delay", "hello_time", "max_age", "ageing_time")
OPTIONS = ("stp", "priority", *_TIMES, "vlan_filtering")


def create(operation: Operation) -> list[Command]:
    made = operation.after
    assert isinstance(made, Bridge)
    words = ("link", "add", made.name, *link.at_birth(made), "type", "bridge")
    options = OPTIONS if made.vlan_filtering else OPTIONS[:-1]  # off is how it is made
    return [
        ip(made.netns, *words, *_options(made, options)),
        *(_own_vlan(made, "add", made.vlan) if made.vlan else ()),
        *link.after_birth(made),
    ]


def change(operation: Operation) -> list[Command]:
    made = operation.after
    assert isinstance(made, Bridge)
    options = _options(made, operation.fields)
    commands = []
    if options:
        commands.append(ip(made.netns, "link", "set", made.name, "type", "bridge", *options))
    if "vlan" in operation.fields:
        before = operation.before
        if isinstance(before, Bridge) and before.vlan:
            commands += _own_vlan(made, "delete", before.vlan)
        if made.vlan:
            commands += _own_vlan(made, "add", made.vlan)
    return commands + link.changes(made, operation.fields)


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Bridge)
    return [link.delete(operation.before)]


def _own_vlan(of: Bridge, verb: str, vid: int) -> list[Command]:
    words = ("pvid", "untagged") if verb == "add" else ()
    return [bridge(of.netns, "vlan", verb, "dev", of.name, "vid", str(vid), *words, "self")]


def _options(made: Bridge, fields: Collection[str]) -> Command:
    words: Command = ()
    for name in OPTIONS:
        value = getattr(made, name)
        if name not in fields or value is None:
            continue
        if name == "stp":
            words += ("stp_state", str(int(value)))
        elif name == "vlan_filtering":
            words += (name, str(int(value))) + (("vlan_default_pvid", "0") if value else ())
        else:
            words += (name, str(value * 100 if name in _TIMES else value))
    return words
