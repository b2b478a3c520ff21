"""A VM: virsh(1), and qemu-img(1) for the copy-on-write disk over its image."""

from __future__ import annotations

from designer.machine.resources import Domain
from designer.planner.commands.typed import Command
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    domain = operation.after
    assert isinstance(domain, Domain)
    commands: list[Command] = []
    if domain.disk:
        base = ("-b", domain.disk, "-F", "qcow2")
        commands.append(("qemu-img", "create", "-f", "qcow2", *base, f"{domain.name}.qcow2"))
    commands.append(("virsh", "define", f"{domain.name}.xml"))
    return commands + ([("virsh", "start", domain.name)] if domain.running else [])


def change(operation: Operation) -> list[Command]:
    before, domain = operation.before, operation.after
    assert isinstance(before, Domain)
    assert isinstance(domain, Domain)
    if operation.fields == ("running",):
        return [("virsh", "start" if domain.running else "destroy", domain.name)]
    if operation.fields == ("nics.bridge",) and before.running:
        return _replug(before, domain)
    commands: list[Command] = []
    if before.running:
        commands.append(("virsh", "destroy", domain.name))
    commands.append(("virsh", "define", f"{domain.name}.xml"))
    return commands + ([("virsh", "start", domain.name)] if domain.running else [])


def delete(operation: Operation) -> list[Command]:
    domain = operation.before
    assert isinstance(domain, Domain)
    commands: list[Command] = [("virsh", "destroy", domain.name)] if domain.running else []
    commands.append(("virsh", "undefine", domain.name, "--nvram"))
    return commands + ([("rm", f"{domain.name}.qcow2")] if domain.disk else [])


def _replug(before: Domain, domain: Domain) -> list[Command]:
    """What libvirt does to a running card, beside noting it down."""
    commands: list[Command] = []
    for is_, wanted in zip(before.nics, domain.nics, strict=True):
        if is_.bridge != wanted.bridge and is_.tap is not None:
            commands.append(("ip", "link", "set", is_.tap, "master", wanted.bridge))
        elif is_.bridge != wanted.bridge:
            nic = f"{domain.name}-nic.xml"
            commands.append(("virsh", "update-device", domain.name, nic, "--live", "--config"))
    return commands
