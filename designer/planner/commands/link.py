"""What every kind of link has: MAC, MTU, bridge, port settings, IPv6, up and down."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from designer.machine.resources import DomainNic, Link, Port, Resource
from designer.planner.commands.typed import Command, bridge, ip, sysctl
from designer.planner.comparing import PORT, PORT_VLANS
from designer.topology.vlans import written


def at_birth(link: Link) -> Command:
    """The words that ``ip link add`` takes before ``type``."""
    words: Command = ()
    if link.mac is not None:
        words += ("address", link.mac)
    if link.mtu is not None:
        words += ("mtu", str(link.mtu))
    return words


def after_birth(link: Link) -> list[Command]:
    fields = {"ipv6"} if link.ipv6 is not None else set()
    if link.master is not None:
        fields |= {"master", *(f"port.{name}" for name in PORT)}
    return changes(link, fields | ({"up"} if link.up else set()))


def changes(link: Link, fields: Collection[str], before: Resource | None = None) -> list[Command]:
    """The commands that give a link these fields as they should be; ``before`` tells the VLANs
    that a port has already."""
    commands: list[Command] = []
    if "mac" in fields and link.mac is not None:
        commands.append(ip(link.netns, "link", "set", link.name, "address", link.mac))
    if "mtu" in fields and link.mtu is not None:
        commands.append(ip(link.netns, "link", "set", link.name, "mtu", str(link.mtu)))
    if "ipv6" in fields:
        path = ("net", "ipv6", "conf", link.name, "disable_ipv6")
        commands.append(sysctl(link.netns, path, int(link.ipv6 is False)))
    if "master" in fields:
        commands.append(ip(link.netns, "link", "set", link.name, *master(link.master)))
    commands += _port(link, fields)
    if link.port is not None and any(f"port.{name}" in fields for name in PORT_VLANS):
        had = None if "master" in fields else getattr(before, "port", None)
        commands += vlans(link.netns, link.name, link.port, had)
    if "up" in fields:
        commands.append(ip(link.netns, "link", "set", link.name, "up" if link.up else "down"))
    return commands


def master(name: str | None) -> Command:
    return ("nomaster",) if name is None else ("master", name)


def delete(link: Link) -> Command:
    return ip(link.netns, "link", "delete", link.name)


def vlans(
    netns: str, name: str, wanted: Port | DomainNic, before: Port | DomainNic | None
) -> list[Command]:
    """The commands that bring a port's VLANs from those before to those wanted (bridge(8)): what
    is new first, then what goes."""
    had, has = _flags(before), _flags(wanted)
    new: dict[tuple[str, ...], list[int]] = {}
    for vid, flags in has.items():
        if had.get(vid) != flags:
            new.setdefault(flags, []).append(vid)
    commands = [
        bridge(netns, "vlan", "add", "dev", name, "vid", vid, *flags)
        for flags, vids in new.items()
        for vid in _runs(vids)
    ]
    gone = _runs(vid for vid in had if vid not in has)
    return commands + [bridge(netns, "vlan", "delete", "dev", name, "vid", vid) for vid in gone]


def _flags(port: Port | DomainNic | None) -> dict[int, tuple[str, ...]]:
    if port is None:
        return {}
    found: dict[int, tuple[str, ...]] = dict.fromkeys(port.tagged or (), ())
    found.update((vid, ("untagged",)) for vid in port.untagged or ())
    if port.pvid:
        found[port.pvid] = ("pvid", *found.get(port.pvid, ()))
    return found


def _runs(vids: Iterable[int]) -> list[str]:
    return [str(one) for one in written(vids)]


def _port(link: Link, fields: Collection[str]) -> list[Command]:
    if link.port is None:
        return []
    words: Command = ()
    if "port.cost" in fields and link.port.cost is not None:
        words += ("cost", str(link.port.cost))
    if "port.priority" in fields and link.port.priority is not None:
        words += ("priority", str(link.port.priority))
    if "port.hairpin" in fields and link.port.hairpin is not None:
        words += ("hairpin", "on" if link.port.hairpin else "off")
    return [bridge(link.netns, "link", "set", "dev", link.name, *words)] if words else []
