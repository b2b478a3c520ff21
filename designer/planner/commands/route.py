"""A static route: ip-route(8)."""

from __future__ import annotations

from designer.machine.resources import Resource, Route
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    return [_command("add", operation.after)]


def delete(operation: Operation) -> list[Command]:
    return [_command("delete", operation.before)]


def _command(verb: str, route: Resource | None) -> Command:
    assert isinstance(route, Route)
    to = "default" if route.to in ("0.0.0.0/0", "::/0") else route.to
    family = ("-6",) if ":" in route.via else ()
    return ip(route.netns, *family, "route", verb, to, "via", route.via)
