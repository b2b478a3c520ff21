"""Static routes of the main table, marked as ours by their protocol."""

from __future__ import annotations

import errno
import socket as families
from collections.abc import Callable, Sequence

from designer.machine.marks import PROTOCOL
from designer.machine.resources import Route
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.decode import RouteSeen
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket
from tasks.drivers.netlink.wire import Request


def body(
    to: str, via: str, protocol: int = PROTOCOL, *, kind: int = c.RTN_UNICAST, scope: int = 0
) -> bytes:
    """The body of a message about a route."""
    network, _, length = to.partition("/")
    parts = [
        wire.ROUTE.pack(
            wire.family_of(network), int(length), 0, 0, c.RT_TABLE_MAIN, protocol, scope, kind, 0
        )
    ]
    if int(length):
        parts.append(wire.attribute(c.RTA_DST, wire.packed(network)))
    if ":" in via and ":" not in network:  # an IPv4 network behind an IPv6 gateway (RFC 5549)
        family = wire.family_of(via).to_bytes(2, "little")
        parts.append(wire.attribute(c.RTA_VIA, family + wire.packed(via)))
    else:
        parts.append(wire.attribute(c.RTA_GATEWAY, wire.packed(via)))
    return b"".join(parts)


def present(
    socket: NetlinkSocket, read: Callable[[Page, int, int], RouteSeen | None] = decode.by_gateway
) -> list[RouteSeen]:
    """The unicast routes of a namespace's main table, both families; as a rule only those by a
    gateway."""
    head = wire.ROUTE.pack(families.AF_UNSPEC, 0, 0, 0, c.RT_TABLE_MAIN, 0, 0, c.RTN_UNICAST, 0)
    try:
        found = socket.dump(c.RTM_GETROUTE, head, read)
    except NetlinkError as error:
        if error.errno in (errno.ENOENT, errno.EOPNOTSUPP):  # no table yet, or no family
            return []
        raise
    return [
        one for one in found if one and one.table == c.RT_TABLE_MAIN and one.type == c.RTN_UNICAST
    ]


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Add routes."""
    steps = [
        Step(
            operation.after.netns,
            Request(
                c.RTM_NEWROUTE,
                body(operation.after.to, operation.after.via),
                c.NLM_F_CREATE | c.NLM_F_EXCL,
            ),
            operation,
        )
        for operation in operations
        if isinstance(operation.after, Route)
    ]
    failed = []
    for step, why in session.send(steps):
        route = step.operation.after
        if why.errno != errno.EEXIST or not isinstance(route, Route):
            failed.append((step, why))
            continue
        if not any(
            (seen.to, seen.via, seen.protocol) == (route.to, route.via, PROTOCOL)
            for seen in present(session.socket(route.netns))
        ):
            raise OperationFailed(
                step.operation,
                errno.EEXIST,
                f"there is another route to {route.to}{links.inside(route.netns)}",
                "Choose another network in the drawing, or remove the other route by hand.",
            )
    raise_first(failed, operations)


change = create
"""A route has nothing that could change: it is there or not."""


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Remove routes; the kernel takes only one that has our protocol too."""
    gone = frozenset({errno.ESRCH, errno.ENOENT, errno.ENETUNREACH})
    nowhere = 255  # RT_SCOPE_NOWHERE: whatever the scope
    session.carry_out(
        [
            Step(
                operation.key[1],
                Request(
                    c.RTM_DELROUTE, body(operation.key[2], operation.key[3], kind=0, scope=nowhere)
                ),
                operation,
                passes=gone,
            )
            for operation in operations
        ]
    )
