"""VXLAN tunnels with head-end replication: a flood entry for each other end."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Sequence

from designer.machine.resources import Vxlan
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links, portvlans
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, rare, wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request

_ANY_MAC = "00:00:00:00:00:00"


def _info(vxlan: Vxlan, device: int) -> bytes:
    local = "IFLA_VXLAN_LOCAL6" if ":" in vxlan.local else "IFLA_VXLAN_LOCAL"
    return rare.link_info(
        "vxlan",
        [
            ("IFLA_VXLAN_ID", vxlan.vni),
            ("IFLA_VXLAN_LINK", device),
            (local, vxlan.local),
            ("IFLA_VXLAN_LEARNING", 1),
            ("IFLA_VXLAN_PORT", vxlan.udp_port),
        ],
    )


def flood(index: int, remote: str) -> bytes:
    """The body of a message about where frames for unknown addresses go."""
    where = [("NDA_LLADDR", _ANY_MAC), ("NDA_DST", remote)]
    return rare.neighbour(index, c.NUD_NOARP | c.NUD_PERMANENT, c.NTF_SELF, c.AF_BRIDGE, where)


def _set_remotes(
    vxlan: Vxlan, index: int, before: Iterable[str], operation: Operation
) -> list[Step]:
    """Add the missing remotes, then take away the others: traffic to those that stay goes on."""
    before = set(before)
    steps = []
    for remote in vxlan.remotes:
        if remote not in before:
            request = Request(c.RTM_NEWNEIGH, flood(index, remote), c.NLM_F_CREATE | c.NLM_F_APPEND)
            steps.append(Step(vxlan.netns, request, operation, frozenset({errno.EEXIST})))
    for remote in sorted(before - set(vxlan.remotes)):
        request = Request(c.RTM_DELNEIGH, flood(index, remote))
        steps.append(Step(vxlan.netns, request, operation, frozenset({errno.ENOENT})))
    return steps


def remotes(socket: NetlinkSocket, index: int) -> tuple[str, ...]:
    """The other ends that frames for unknown addresses go to, sorted."""
    head = wire.NEIGHBOUR.pack(c.AF_BRIDGE, index, 0, 0, 0)
    found = socket.dump(c.RTM_GETNEIGH, head, decode.flood_target)
    return tuple(sorted(target[1] for target in found if target and target[0] == index))


def seen_tunnel(seen: LinkSeen) -> tuple[int, int, str, int]:
    """(VNI, index of the device below, own address, UDP port) of a VXLAN link."""
    data = seen.data or {}
    local = data.get(c.IFLA_VXLAN_LOCAL) or data.get(c.IFLA_VXLAN_LOCAL6)
    return (
        int.from_bytes(data.get(c.IFLA_VXLAN_ID, b""), sys.byteorder),
        int.from_bytes(data.get(c.IFLA_VXLAN_LINK, b""), sys.byteorder),
        wire.unpacked(local) if local else "",
        int.from_bytes(data.get(c.IFLA_VXLAN_PORT, b""), "big"),
    )


def _vxlans(operations: Sequence[Operation]) -> list[tuple[Vxlan, Operation]]:
    return [
        (operation.after, operation)
        for operation in operations
        if isinstance(operation.after, Vxlan)
    ]


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Make tunnels on their devices."""
    wanted = _vxlans(operations)
    below = links.demand(
        session,
        {(vxlan.netns, vxlan.device): operation for vxlan, operation in wanted},
        ours=False,
    )
    by_master = links.masters(session, wanted)
    steps: list[Step] = []
    indexes: dict[int, int] = {}
    for vxlan, operation in wanted:
        index = indexes[id(operation)] = next(session.indexes)
        device = below[vxlan.netns, vxlan.device].index
        parts = [*links.as_made(vxlan, session), _info(vxlan, device)]
        if vxlan.master is not None:
            parts.append(wire.u32(c.IFLA_MASTER, by_master[vxlan.netns, vxlan.master]))
        body = wire.link_body(*parts, index=index)
        make = Request(c.RTM_NEWLINK, body, c.NLM_F_CREATE | c.NLM_F_EXCL)
        steps.append(Step(vxlan.netns, make, operation))
        steps.append(links.mark(session, vxlan, index, operation))
    taken, failed = links.collisions(session.send(steps))
    raise_first(failed, operations)
    made = [one for one in wanted if not any(one[1] is operation for operation in taken)]
    links.switch_ipv6(session, made)
    steps = []
    for vxlan, operation in made:
        index = indexes[id(operation)]
        session.made[vxlan.netns, vxlan.name] = index
        steps += _set_remotes(vxlan, index, (), operation)
        if vxlan.up:
            steps.append(links.raise_up(vxlan, index, operation))
    session.carry_out(steps)
    portvlans.bring(session, [(one, indexes[id(operation)], operation) for one, operation in made])
    _adopt(session, taken)


def _adopt(session: Session, operations: Sequence[Operation]) -> None:
    for vxlan, operation in _vxlans(operations):
        place = (vxlan.netns, vxlan.name)
        found = links.look(session, [place]).get(place)
        if found is None:
            raise OperationFailed(
                operation,
                errno.EEXIST,
                f"another tunnel here uses VXLAN id {vxlan.vni} on UDP port {vxlan.udp_port}",
                "Choose another VXLAN id for the segment, or remove the other tunnel by hand.",
            )
        if found.kind != "vxlan" or not session.is_ours(found.alias):
            raise links.foreign(operation, place)
        if seen_tunnel(found)[0] != vxlan.vni:
            raise OperationFailed(
                operation,
                errno.EEXIST,
                f"{vxlan.name} of this lab is there with another VXLAN id",
                "Deploy again: the plan is then made from what is there now.",
            )
        _bring_to(session, vxlan, found, operation)


def change(session: Session, operations: Sequence[Operation]) -> None:
    """Change tunnels while they work; another VNI or device wants a new one."""
    wanted = {
        (vxlan.netns, vxlan.name): (vxlan, operation) for vxlan, operation in _vxlans(operations)
    }
    seen = links.demand(session, {place: operation for place, (_, operation) in wanted.items()})
    for place, (vxlan, operation) in wanted.items():
        _bring_to(session, vxlan, seen[place], operation)


def _bring_to(session: Session, vxlan: Vxlan, seen: LinkSeen, operation: Operation) -> None:
    before = remotes(session.socket(vxlan.netns), seen.index)
    session.carry_out(_set_remotes(vxlan, seen.index, before, operation))
    links.adjust(session, [(vxlan, seen, operation)])


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take tunnels down."""
    places = {(operation.key[1], operation.key[2]): operation for operation in operations}
    for place in places:
        session.made.pop(place, None)
    seen = links.look(session, places)
    steps = []
    for place, found in seen.items():
        if found.kind != "vxlan" or not session.is_ours(found.alias):
            raise links.foreign(places[place], place)
        steps.append(links.delete(session, place[0], found.index, places[place]))
    session.carry_out(steps)
