"""A VM: virsh(1), and qemu-img(1) for the copy-on-write disk over its image."""

from __future__ import annotations

from designer.machine.images import content_of
from designer.machine.resources import Domain
from designer.planner.commands import image, link
from designer.planner.commands.typed import Command
from designer.planner.comparing import PLUGS, cards_of_both, cards_only_in, place_of
from designer.planner.operations import Operation

TAP = "vnetN"
"""Stands for the tap of a card, which libvirt names when the VM starts."""


def create(operation: Operation) -> list[Command]:
    domain = operation.after
    assert isinstance(domain, Domain)
    commands: list[Command] = []
    if domain.disk:
        base = ("-b", _file(domain.disk), "-F", "qcow2")
        disk = f"{domain.name}.qcow2"
        size = [f"{domain.disk_size}M"] if domain.disk_size is not None else []
        commands.append(("qemu-img", "create", "-f", "qcow2", *base, disk, *size))
    commands += _seed(domain)
    commands.append(("virsh", "define", f"{domain.name}.xml"))
    return commands + (_start(domain) if domain.running else [])


def _file(name: str) -> str:
    """An image's file in the image folder."""
    content = content_of(name)
    return image.path_of(content) if content else name


def change(operation: Operation) -> list[Command]:
    before, domain = operation.before, operation.after
    assert isinstance(before, Domain)
    assert isinstance(domain, Domain)
    if operation.fields == ("running",):
        return _start(domain) if domain.running else [("virsh", "destroy", domain.name)]
    if PLUGS.issuperset(operation.fields) and before.running:
        return _replug(before, domain)
    restarts = operation.restarts or (before.running and not domain.running)
    commands: list[Command] = []
    if restarts:
        commands.append(("virsh", "destroy", domain.name))
    if "disk_size" in operation.fields:
        commands.append(_grow(domain, running=before.running and not restarts))
    if "seed" in operation.fields:
        commands += _seed(domain)
    commands.append(("virsh", "define", f"{domain.name}.xml"))
    if before.running and not restarts:
        return commands + _size(before, domain) + _other_cards(before, domain) + _replug(
            before, domain
        )  # fmt: skip
    return commands + (_start(domain) if domain.running else [])


def delete(operation: Operation) -> list[Command]:
    domain = operation.before
    assert isinstance(domain, Domain)
    commands: list[Command] = [("virsh", "destroy", domain.name)] if domain.running else []
    commands.append(("virsh", "undefine", domain.name, "--nvram"))
    disk = [("rm", f"{domain.name}.qcow2")] if domain.disk else []
    return [*commands, *disk, *([("rm", f"{domain.name}.iso")] if domain.seed else [])]


def _seed(domain: Domain) -> list[Command]:
    """Its three files, however they are made, on a volume of that label."""
    if domain.seed is None:
        return []
    image = ("-output", f"{domain.name}.iso", "-volid", "cidata", "-joliet", "-rock")
    return [("genisoimage", *image, "user-data", "meta-data", "network-config")]


def _grow(domain: Domain, *, running: bool) -> Command:
    size = f"{domain.disk_size}M"
    if running:
        disk = "sda" if domain.disk_bus == "sata" else "vda"
        return ("virsh", "blockresize", domain.name, disk, size)
    return ("qemu-img", "resize", f"{domain.name}.qcow2", size)


def _size(before: Domain, domain: Domain) -> list[Command]:
    commands: list[Command] = []
    if before.memory != domain.memory:
        commands.append(("virsh", "setmem", domain.name, f"{domain.memory}M", "--live"))
    if before.vcpus != domain.vcpus:
        commands.append(("virsh", "setvcpus", domain.name, str(domain.vcpus), "--live"))
    return commands


def _other_cards(before: Domain, domain: Domain) -> list[Command]:
    commands: list[Command] = []
    for gone in cards_only_in(before.nics, domain.nics):
        kind = "network" if gone.network else "bridge"
        detach = ("virsh", "detach-interface", domain.name, kind, "--mac", gone.mac)
        commands.append((*detach, "--live"))
    for _ in cards_only_in(domain.nics, before.nics):
        nic = f"{domain.name}-nic.xml"
        commands.append(("virsh", "attach-device", domain.name, nic, "--live"))
    return commands


def _replug(before: Domain, domain: Domain) -> list[Command]:
    """What libvirt does to a running card, beside noting it down, and its VLANs."""
    commands: list[Command] = []
    for wanted, is_ in cards_of_both(domain.nics, before.nics):
        if place_of(is_) == place_of(wanted):
            pass
        elif is_.network == wanted.network and is_.tap is not None:
            commands.append(("ip", "link", "set", is_.tap, "master", wanted.bridge))
        else:
            nic = f"{domain.name}-nic.xml"
            commands.append(("virsh", "update-device", domain.name, nic, "--live", "--config"))
        had = is_ if place_of(is_) == place_of(wanted) else None
        commands += link.vlans("", is_.tap or TAP, wanted, had)
        if is_.plugged != wanted.plugged:
            state = "up" if wanted.plugged else "down"
            domif = ("virsh", "domif-setlink", domain.name, wanted.mac, state)
            commands.append((*domif, "--live", "--config"))
    return commands


def _start(domain: Domain) -> list[Command]:
    """A tap comes with the VM, and so its VLANs are set after."""
    vlans = [one for nic in domain.nics for one in link.vlans("", TAP, nic, None)]
    return [("virsh", "start", domain.name), *vlans]
