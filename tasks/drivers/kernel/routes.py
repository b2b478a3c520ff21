"""Static routes of the main table, marked as ours by their protocol.

The one that a lab gives the hypervisor itself is made beside the hypervisor's own and chosen before
them (:class:`designer.machine.resources.Route`); to take it away is all that the way back needs.
"""

from __future__ import annotations

import errno
import socket as families
from collections.abc import Callable, Mapping, Sequence

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

_FIRST = 1
"""The lowest metric that an IPv6 route can have (IP6_RT_PRIO_USER is what 0 becomes)."""


def body(
    to: str,
    via: str,
    protocol: int = PROTOCOL,
    *,
    kind: int = c.RTN_UNICAST,
    scope: int = 0,
    index: int = 0,
) -> bytes:
    """The body of a message about a route. With ``index`` it goes out by that link, before all
    others."""
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
    if index:
        parts.append(wire.u32(c.RTA_OIF, index))
        if ":" in network:
            parts.append(wire.u32(c.RTA_PRIORITY, _FIRST))
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
    """Add routes; those of the hypervisor itself by links of this lab."""
    wanted = [(one.after, one) for one in operations if isinstance(one.after, Route)]
    indexes = links.indexes(session, _places(wanted))
    for route, operation in wanted:
        if route.link is not None:
            _refuse_second(session, route, indexes[route.netns, route.link], operation)
    steps = [
        Step(
            route.netns,
            Request(
                c.RTM_NEWROUTE,
                body(
                    route.to,
                    route.via,
                    scope=_scope(route),
                    index=indexes.get((route.netns, route.link or ""), 0),
                ),
                _flags(route),
            ),
            operation,
        )
        for route, operation in wanted
    ]
    failed = []
    for step, why in session.send(steps):
        there = step.operation.after
        if why.errno != errno.EEXIST or not isinstance(there, Route):
            failed.append((step, why))
            continue
        if not any(
            (seen.to, seen.via, seen.protocol) == (there.to, there.via, PROTOCOL)
            for seen in present(session.socket(there.netns))
        ):
            raise OperationFailed(
                step.operation,
                errno.EEXIST,
                f"there is another route to {there.to}{links.inside(there.netns)}",
                "Choose another network in the drawing, or remove the other route by hand.",
            )
    raise_first(failed, operations)


change = create
"""A route has nothing that could change: it is there or not."""


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Remove routes; the kernel takes only one that has our protocol too."""
    gone = frozenset({errno.ESRCH, errno.ENOENT, errno.ENETUNREACH})
    nowhere = 255  # RT_SCOPE_NOWHERE: whatever the scope
    wanted = [(one.before, one) for one in operations if isinstance(one.before, Route)]
    seen = links.look(session, _places(wanted))
    steps = []
    for route, operation in wanted:
        index = 0
        if route.link is not None:
            link = seen.get((route.netns, route.link))
            if link is None:
                continue  # and the route with it
            index = link.index
        text = body(route.to, route.via, kind=0, scope=nowhere, index=index)
        steps.append(Step(route.netns, Request(c.RTM_DELROUTE, text), operation, passes=gone))
    session.carry_out(steps)


def _places(wanted: Sequence[tuple[Route, Operation]]) -> Mapping[links.Place, Operation]:
    """The links that are named."""
    return {(route.netns, route.link): one for route, one in wanted if route.link is not None}


def _flags(route: Route) -> int:
    """Without EXCL and APPEND an IPv4 route comes before those of its metric, unless the very same
    is there (net/ipv4/fib_trie.c, fib_table_insert)."""
    first = route.link is not None and ":" not in route.to
    return c.NLM_F_CREATE | (0 if first else c.NLM_F_EXCL)


def _scope(route: Route) -> int:
    """Among IPv4 routes of one metric the kernel takes none but those of the first one's scope; of
    several it takes one whose gateway is known to answer, whichever comes first, and goes from one
    to the other (net/ipv4/fib_semantics.c, fib_select_default). So ours has a scope of its own.
    "site" differs in nothing else from what routes by a gateway have by themselves."""
    return c.RT_SCOPE_SITE if route.link is not None and ":" not in route.to else 0


def _refuse_second(session: Session, route: Route, index: int, operation: Operation) -> None:
    """Two labs may not both give the hypervisor its default route."""
    for seen in present(session.socket(route.netns)):
        if seen.to == route.to and seen.protocol == PROTOCOL and seen.index != index:
            raise OperationFailed(
                operation,
                errno.EEXIST,
                f"another lab gives the hypervisor a default route by {seen.via} already",
                "Leave the gateway of the bridge empty, or destroy that lab first.",
            )
