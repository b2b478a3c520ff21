"""A libvirt network: virsh(1)."""

from __future__ import annotations

from designer.machine.resources import DhcpRange, Network, Resource, StaticLease
from designer.planner.commands.typed import Command
from designer.planner.comparing import LIVE_OF_NETWORK
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    network = _network(operation.after)
    return [_define(network), *_start(network), *_autostart(network)]


def change(operation: Operation) -> list[Command]:
    before, network = _network(operation.before), _network(operation.after)
    commands: list[Command] = []
    if not LIVE_OF_NETWORK.issuperset(operation.fields):
        if before.running:
            commands.append(("virsh", "net-destroy", before.name))
        commands += [_define(network), *_start(network)]
    else:
        if "ranges" in operation.fields:
            commands += _updates(network, "ip-dhcp-range", before.ranges, network.ranges)
        if "leases" in operation.fields:
            commands += _updates(network, "ip-dhcp-host", before.leases, network.leases)
        if "running" in operation.fields:
            commands += _start(network) or [("virsh", "net-destroy", network.name)]
    return commands + (_autostart(network) if "autostart" in operation.fields else [])


def delete(operation: Operation) -> list[Command]:
    network = _network(operation.before)
    stop: list[Command] = [("virsh", "net-destroy", network.name)] if network.running else []
    return [*stop, ("virsh", "net-undefine", network.name)]


def _updates(
    network: Network,
    section: str,
    before: tuple[DhcpRange, ...] | tuple[StaticLease, ...] | None,
    after: tuple[DhcpRange, ...] | tuple[StaticLease, ...] | None,
) -> list[Command]:
    """virsh-net-update: what goes, then what comes."""
    gone = [one for one in before or () if one not in (after or ())]
    new = [one for one in after or () if one not in (before or ())]
    steps = [("delete", one) for one in gone] + [("add-last", one) for one in new]
    command = ("virsh", "net-update", network.name)
    return [(*command, step, section, _element(one), "--live", "--config") for step, one in steps]


def _element(entry: DhcpRange | StaticLease) -> str:
    """As one types it; the driver builds elements."""
    if isinstance(entry, DhcpRange):
        return f"<range start='{entry.start}' end='{entry.end}'/>"
    stated = (("mac", entry.mac), ("name", entry.name), ("ip", entry.ip))
    words = " ".join(f"{name}='{value}'" for name, value in stated if value)
    return f"<host {words}/>"


def _define(network: Network) -> Command:
    return ("virsh", "net-define", f"{network.name}.xml")


def _start(network: Network) -> list[Command]:
    return [("virsh", "net-start", network.name)] if network.running else []


def _autostart(network: Network) -> list[Command]:
    off = () if network.autostart else ("--disable",)
    return [("virsh", "net-autostart", network.name, *off)]


def _network(resource: Resource | None) -> Network:
    assert isinstance(resource, Network)
    return resource
