"""A network namespace: ip-netns(8)."""

from __future__ import annotations

from designer.machine.resources import Namespace
from designer.planner.commands.typed import Command, ip, sysctl
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    namespace = operation.after
    assert isinstance(namespace, Namespace)
    commands = [
        ("ip", "netns", "add", namespace.name),
        ip(namespace.name, "link", "set", "lo", "up"),
    ]
    return commands + (change(operation) if namespace.forwarding else [])


def change(operation: Operation) -> list[Command]:
    namespace = operation.after
    assert isinstance(namespace, Namespace)
    on = int(namespace.forwarding)
    return [
        sysctl(namespace.name, ("net", "ipv4", "ip_forward"), on),
        sysctl(namespace.name, ("net", "ipv6", "conf", "all", "forwarding"), on),
    ]


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Namespace)
    return [("ip", "netns", "delete", operation.before.name)]
