"""A VXLAN tunnel: ip-link(8), and bridge(8) for the list of remotes (head-end replication)."""

from __future__ import annotations

from designer.machine.resources import Vxlan
from designer.planner.commands import link
from designer.planner.commands.typed import Command, bridge, ip
from designer.planner.operations import Operation

_EVERYONE = "00:00:00:00:00:00"
"""The entry of the forwarding table for frames whose receiver is not known (bridge(8), fdb)."""


def create(operation: Operation) -> list[Command]:
    tunnel = operation.after
    assert isinstance(tunnel, Vxlan)
    add = ip(
        tunnel.netns,
        *("link", "add", tunnel.name, *link.at_birth(tunnel), "type", "vxlan"),
        *("id", str(tunnel.vni), "dev", tunnel.device, "local", tunnel.local),
        *("dstport", str(tunnel.udp_port)),
    )
    remotes = [_remote(tunnel, "append", remote) for remote in tunnel.remotes]
    return [add, *remotes, *link.after_birth(tunnel)]


def change(operation: Operation) -> list[Command]:
    before, tunnel = operation.before, operation.after
    assert isinstance(before, Vxlan)
    assert isinstance(tunnel, Vxlan)
    commands = []
    if "remotes" in operation.fields:
        gone = [one for one in before.remotes if one not in tunnel.remotes]
        new = [one for one in tunnel.remotes if one not in before.remotes]
        commands += [_remote(tunnel, "delete", remote) for remote in gone]
        commands += [_remote(tunnel, "append", remote) for remote in new]
    return commands + link.changes(tunnel, operation.fields, before)


def delete(operation: Operation) -> list[Command]:
    assert isinstance(operation.before, Vxlan)
    return [link.delete(operation.before)]


def _remote(tunnel: Vxlan, verb: str, remote: str) -> Command:
    return bridge(tunnel.netns, "fdb", verb, _EVERYONE, "dev", tunnel.name, "dst", remote)
