"""An address on an interface: ip-address(8)."""

from __future__ import annotations

from designer.machine.resources import Address, Resource
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    return [_command("add", operation.after)]


def delete(operation: Operation) -> list[Command]:
    return [_command("delete", operation.before)]


def _command(verb: str, address: Resource | None) -> Command:
    assert isinstance(address, Address)
    return ip(address.netns, "address", verb, address.address, "dev", address.link)
