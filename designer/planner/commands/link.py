"""What every kind of link has: MAC, MTU, bridge, port settings, IPv6, up and down."""

from __future__ import annotations

from collections.abc import Collection

from designer.machine.resources import Link
from designer.planner.commands.typed import Command, bridge, ip, sysctl


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
        fields |= {"master", "port.cost", "port.priority", "port.hairpin"}
    return changes(link, fields | ({"up"} if link.up else set()))


def changes(link: Link, fields: Collection[str]) -> list[Command]:
    """The commands that give a link these fields as they should be."""
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
    if "up" in fields:
        commands.append(ip(link.netns, "link", "set", link.name, "up" if link.up else "down"))
    return commands


def master(name: str | None) -> Command:
    return ("nomaster",) if name is None else ("master", name)


def delete(link: Link) -> Command:
    return ip(link.netns, "link", "delete", link.name)


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
