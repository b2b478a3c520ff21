"""A static route: ip-route(8)."""

from __future__ import annotations

from designer.machine.marks import PROTOCOL
from designer.machine.resources import Resource, Route
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    route = operation.after
    first = isinstance(route, Route) and route.netns == "" and ":" not in route.via
    return [_command("prepend" if first else "add", route)]


def delete(operation: Operation) -> list[Command]:
    return [_command("delete", operation.before)]


def _command(verb: str, route: Resource | None) -> Command:
    assert isinstance(route, Route)
    to = "default" if route.to in ("0.0.0.0/0", "::/0") else route.to
    six = ":" in route.via
    rest: tuple[str, ...] = ()
    if route.link is not None:
        before_others = ("metric", "1") if six else ("scope", "site")
        rest = ("dev", route.link, "proto", str(PROTOCOL), *before_others)
    return ip(route.netns, *(("-6",) if six else ()), "route", verb, to, "via", route.via, *rest)
