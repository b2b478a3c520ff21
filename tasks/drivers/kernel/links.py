"""What all kinds of links have in common: looking at them, whose they are, their attributes."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from designer.machine.resources import Link, Port
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import portvlans
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import Failure, NetlinkSocket
from tasks.drivers.netlink.wire import Request

Place = tuple[str, str]
"""Namespace and name of a link."""

_EXT_MASK = wire.u32(c.IFLA_EXT_MASK, c.RTEXT_FILTER_SKIP_STATS)
_IPV6 = Path("/proc/sys/net/ipv6/conf")


def look(session: Session, places: Iterable[Place]) -> dict[Place, LinkSeen]:
    """The links that are there of these, each with what the kernel says about it."""
    by_netns: dict[str, list[str]] = {}
    for netns, name in dict.fromkeys(places):
        by_netns.setdefault(netns, []).append(name)
    seen: dict[Place, LinkSeen] = {}
    for netns, names in by_netns.items():
        try:
            socket = session.socket(netns)
        except FileNotFoundError:
            continue
        requests = [
            Request(c.RTM_GETLINK, wire.link_body(_EXT_MASK, wire.text(c.IFLA_IFNAME, name)))
            for name in names
        ]
        for name, answer in zip(names, socket.ask(requests), strict=True):
            if isinstance(answer, Page):
                seen[netns, name] = decode.link(answer, 0, len(answer.raw))
            elif answer.errno != errno.ENODEV:
                raise OSError(answer.errno, f"{name}: {answer.words}")
    return seen


def dump(socket: NetlinkSocket) -> dict[int, LinkSeen]:
    """The links of a namespace, by index."""
    found = socket.dump(c.RTM_GETLINK, wire.link_body(_EXT_MASK), decode.link)
    return {seen.index: seen for seen in found}


def by_index(session: Session, netns: str, index: int) -> LinkSeen | None:
    """The link of that index, if it is there."""
    request = Request(c.RTM_GETLINK, wire.link_body(_EXT_MASK, index=index))
    answer = session.socket(netns).ask([request])[0]
    return decode.link(answer, 0, len(answer.raw)) if isinstance(answer, Page) else None


def demand(
    session: Session,
    operations: Mapping[Place, Operation],
    *,
    ours: bool = True,
    lent: Collection[str] = (),
) -> dict[Place, LinkSeen]:
    """The links that these operations need. Raises OperationFailed where one is missing, or,
    with ``ours``, does not carry this lab's mark; ``lent`` are names of the hypervisor's own
    namespace that need none."""
    seen = look(session, operations)
    for place, operation in operations.items():
        found = seen.get(place)
        if found is None:
            raise OperationFailed(
                operation, errno.ENODEV, f"there is no interface {place[1]}{inside(place[0])}"
            )
        is_lent = place[0] == "" and place[1] in lent
        if ours and not is_lent and not session.is_ours(found.alias):
            raise foreign(operation, place)
    return seen


def indexes(
    session: Session, operations: Mapping[Place, Operation], *, lent: Collection[str] = ()
) -> dict[Place, int]:
    """The indexes of links of this lab: known where this run made them, else looked up."""
    known = {place: session.made[place] for place in operations if place in session.made}
    rest = {place: one for place, one in operations.items() if place not in known}
    return known | {place: seen.index for place, seen in demand(session, rest, lent=lent).items()}


def foreign(operation: Operation, place: Place) -> OperationFailed:
    return OperationFailed(
        operation,
        errno.EEXIST,
        f"the interface {place[1]}{inside(place[0])} does not carry this lab's mark",
    )


def inside(netns: str) -> str:
    return f" in the namespace {netns}" if netns else ""


def masters(session: Session, wanted: Iterable[tuple[Link, Operation]]) -> dict[Place, int]:
    """The indexes of the bridges, this lab's own or lent, that these links are to be ports of."""
    return indexes(
        session,
        {
            (link.netns, link.master): operation
            for link, operation in wanted
            if link.master is not None
        },
        lent=session.lent,
    )


def as_made(link: Link, session: Session) -> list[bytes]:
    """The attributes that a new link gets in the message that makes it."""
    parts = [wire.text(c.IFLA_IFNAME, link.name), wire.u32(c.IFLA_GROUP, session.group)]
    if link.mac is not None:
        parts.append(wire.mac(c.IFLA_ADDRESS, link.mac))
    if link.mtu is not None:
        parts.append(wire.u32(c.IFLA_MTU, link.mtu))
    return parts


def mark(session: Session, link: Link, index: int, operation: Operation, *more: bytes) -> Step:
    """The message that follows at once, in the same bundle: the mark, which the kernel takes on
    existing links only, and what belongs to the port."""
    parts = [wire.text(c.IFLA_IFALIAS, session.alias), *more]
    if link.master is not None and (port := port_attributes(link.port)):
        parts.append(port)
    return Step(link.netns, Request(c.RTM_NEWLINK, wire.link_body(*parts, index=index)), operation)


def raise_up(link: Link, index: int, operation: Operation, *parts: bytes) -> Step:
    body = wire.link_body(*parts, index=index, flags=c.IFF_UP, change=c.IFF_UP)
    return Step(link.netns, Request(c.RTM_NEWLINK, body), operation)


def port_attributes(port: Port | None, before: Port | None = None) -> bytes:
    """What a bridge is to keep about a port, where stated and different (br_netlink.c)."""
    if port is None:
        return b""
    before = before or Port()
    parts = []
    if port.priority is not None and port.priority != before.priority:
        parts.append(wire.u16(c.IFLA_BRPORT_PRIORITY, port.priority))
    if port.cost is not None and port.cost != before.cost:
        parts.append(wire.u32(c.IFLA_BRPORT_COST, port.cost))
    if port.hairpin is not None and port.hairpin != before.hairpin:
        parts.append(wire.u8(c.IFLA_BRPORT_MODE, port.hairpin))
    if not parts:
        return b""
    return wire.nest(
        c.IFLA_LINKINFO,
        wire.text(c.IFLA_INFO_SLAVE_KIND, "bridge"),
        wire.nest(c.IFLA_INFO_SLAVE_DATA, *parts),
    )


def switch_ipv6(session: Session, links: Iterable[tuple[Link, Operation]]) -> None:
    """Set IPv6 of these links as they state it, each by its own switch; unstated ones stay."""
    for link, operation in links:
        if link.ipv6 is None:
            continue
        session.thread.go(link.netns)
        try:
            write_sysctl(f"{_IPV6}/{link.name}/disable_ipv6", b"0" if link.ipv6 else b"1")
        except FileNotFoundError:
            # A kernel without IPv6, or a link whose MTU is too small for it, has no such file.
            if link.ipv6:
                words = f"{link.name}{inside(link.netns)} can have no IPv6"
                raise OperationFailed(operation, errno.EAFNOSUPPORT, words) from None
        except OSError as error:
            words = f"disable_ipv6: {os.strerror(error.errno or 0)}"
            raise OperationFailed(operation, error.errno, words) from error


def write_sysctl(path: str, value: bytes) -> None:
    """Write one file under /proc/sys, in the namespace where the thread stands."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value)
    finally:
        os.close(descriptor)


def adjust(session: Session, changes: Sequence[tuple[Link, LinkSeen, Operation]]) -> None:
    """Bring links that are there to what is stated of them, touching only what differs."""
    by_master = masters(session, ((after, operation) for after, _, operation in changes))
    switch_ipv6(
        session, [(after, operation) for after, seen, operation in changes
                  if after.ipv6 != seen.ipv6]
    )  # fmt: skip
    steps: list[Step] = []
    for after, seen, operation in changes:
        master = 0 if after.master is None else by_master[after.netns, after.master]
        parts = []
        if after.mac is not None and after.mac != seen.mac:
            parts.append(wire.mac(c.IFLA_ADDRESS, after.mac))
        if after.mtu is not None and after.mtu != seen.mtu:
            parts.append(wire.u32(c.IFLA_MTU, after.mtu))
        if master != seen.master:
            parts.append(wire.u32(c.IFLA_MASTER, master))
        if parts or after.up != seen.up:
            flags = c.IFF_UP if after.up else 0
            body = wire.link_body(*parts, index=seen.index, flags=flags, change=c.IFF_UP)
            steps.append(Step(after.netns, Request(c.RTM_NEWLINK, body), operation))
        # A new port starts with the kernel's defaults, and is there only after the message above.
        kept = seen_port(seen) if master == seen.master else None
        if master and (port := port_attributes(after.port, kept)):
            body = wire.link_body(port, index=seen.index)
            steps.append(Step(after.netns, Request(c.RTM_NEWLINK, body), operation))
    session.carry_out(steps)
    portvlans.bring(session, [(after, seen.index, operation) for after, seen, operation in changes])


_PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")
"""By their number (BR_STATE_*, linux/if_bridge.h)."""


def seen_port(seen: LinkSeen) -> Port | None:
    """What a bridge keeps about this link, if it is a port of one."""
    if seen.port is None:
        return None
    state, priority, cost, hairpin = seen.port
    known = state is not None and state < len(_PORT_STATES)
    return Port(
        cost=cost,
        priority=priority,
        hairpin=hairpin,
        state=_PORT_STATES[state] if known and state is not None else None,
    )


def delete(session: Session, netns: str, index: int, operation: Operation) -> Step:
    return Step(
        netns,
        Request(c.RTM_DELLINK, wire.link_body(index=index)),
        operation,
        passes=frozenset({errno.ENODEV, errno.ENOENT}),
    )


def collisions(failed: Sequence[tuple[Step, Failure]]) -> tuple[
    list[Operation], list[tuple[Step, Failure]]
]:  # fmt: skip
    """Operations whose link was there already, and the failures that are none of theirs: the
    messages that follow a refused one fail too, for want of the link."""
    taken = {
        id(step.operation): step.operation for step, why in failed if why.errno == errno.EEXIST
    }
    rest = [one for one in failed if id(one[0].operation) not in taken]
    return list(taken.values()), rest
