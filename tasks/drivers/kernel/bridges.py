"""Bridges, with every option that brctl(8) and ip-link(8) have for spanning tree and ageing, and
VLAN-aware ones.

A VLAN-aware bridge has no default PVID: it would put every new port, and itself, into VLAN 1.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from dataclasses import replace

from designer.machine.resources import Bridge
from designer.planner.operations import Operation
from tasks.drivers.kernel import links, portvlans, remaking
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.sockets import Failure
from tasks.drivers.netlink.wire import Request

_TIMES = (
    ("forward_delay", c.IFLA_BR_FORWARD_DELAY),
    ("hello_time", c.IFLA_BR_HELLO_TIME),
    ("max_age", c.IFLA_BR_MAX_AGE),
    ("ageing_time", c.IFLA_BR_AGEING_TIME),
)
"""Seconds with us, hundredths with the kernel."""
_NO_DEFAULT_PVID = wire.u16(c.IFLA_BR_VLAN_DEFAULT_PVID, 0)


def options(bridge: Bridge, before: Bridge | None = None) -> bytes:
    """The options that are stated and differ, or nothing."""
    parts = []
    for field, kind in _TIMES:
        value: int | None = getattr(bridge, field)
        if value is not None and (before is None or value != getattr(before, field)):
            parts.append(wire.u32(kind, value * c.USER_HZ))
    if bridge.stp is not None and (before is None or bridge.stp != before.stp):
        parts.append(wire.u32(c.IFLA_BR_STP_STATE, bridge.stp))
    if bridge.priority is not None and (before is None or bridge.priority != before.priority):
        parts.append(wire.u16(c.IFLA_BR_PRIORITY, bridge.priority))
    aware, was = bridge.vlan_filtering, bool(before and before.vlan_filtering)
    if aware is not None and aware is not was:  # some kernels refuse even to be told not to
        parts.append(wire.u8(c.IFLA_BR_VLAN_FILTERING, aware))
        if aware:
            parts.append(_NO_DEFAULT_PVID)
    return b"".join(parts)


def _info(data: bytes) -> bytes:
    parts = [wire.text(c.IFLA_INFO_KIND, "bridge")]
    if data:
        parts.append(wire.nest(c.IFLA_INFO_DATA, data))
    return wire.nest(c.IFLA_LINKINFO, *parts)


def seen_options(seen: LinkSeen) -> dict[str, int | bool | None]:
    """The options as the kernel has them, by the names of Bridge's fields."""
    data = seen.data or {}

    def number(kind: int) -> int | None:
        raw = data.get(kind)
        return None if raw is None else int.from_bytes(raw, sys.byteorder)

    found: dict[str, int | bool | None] = {}
    for field, kind in _TIMES:
        value = number(kind)
        found[field] = None if value is None else value // c.USER_HZ
    stp = number(c.IFLA_BR_STP_STATE)
    found["stp"] = None if stp is None else bool(stp)
    found["priority"] = number(c.IFLA_BR_PRIORITY)
    aware = number(c.IFLA_BR_VLAN_FILTERING)
    found["vlan_filtering"] = None if aware is None else bool(aware)
    return found


def _bridges(operations: Sequence[Operation]) -> list[tuple[Bridge, Operation]]:
    return [
        (operation.after, operation)
        for operation in operations
        if isinstance(operation.after, Bridge)
    ]


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Make bridges, mark them, and only then bring them up."""
    steps: list[Step] = []
    indexes: dict[int, int] = {}
    for bridge, operation in _bridges(operations):
        index = indexes[id(operation)] = next(session.indexes)
        parts = [*links.as_made(_not_yet(bridge), session), _info(options(bridge))]
        body = wire.link_body(*parts, index=index)
        make = Request(c.RTM_NEWLINK, body, c.NLM_F_CREATE | c.NLM_F_EXCL)
        steps.append(Step(bridge.netns, make, operation))
        mtu = b"" if bridge.mtu is None else wire.u32(c.IFLA_MTU, bridge.mtu)
        steps.append(links.mark(session, bridge, index, operation, mtu))
    taken, failed = links.collisions(session.send(steps))
    _say_why(failed)
    raise_first(failed, operations)
    made = [
        one for one in _bridges(operations) if not any(one[1] is operation for operation in taken)
    ]
    links.switch_ipv6(session, made)
    for bridge, operation in made:
        session.made[bridge.netns, bridge.name] = indexes[id(operation)]
    portvlans.bring(session, [(one, indexes[id(operation)], operation) for one, operation in made])
    session.carry_out(
        [
            links.raise_up(bridge, indexes[id(operation)], operation)
            for bridge, operation in made
            if bridge.up
        ]
    )
    _adopt(session, taken)


def _not_yet(bridge: Bridge) -> Bridge:
    """With an MTU that is off by one: only a change makes it the user's choice, and as long as it
    is not, it follows the ports' (br_mtu_auto_adjust)."""
    return bridge if bridge.mtu is None else replace(bridge, mtu=max(bridge.mtu - 1, 68))


def _say_why(failed: Sequence[tuple[Step, Failure]]) -> None:
    """A kernel that cannot keep VLANs apart says that, whatever the option is set to."""
    for step, why in failed:
        after = step.operation.after
        if why.errno == errno.EOPNOTSUPP and isinstance(after, Bridge) and after.vlan_filtering:
            raise portvlans.cannot_filter(step.operation, why.words)


def _adopt(session: Session, operations: Sequence[Operation]) -> None:
    for bridge, operation in _bridges(operations):
        place = (bridge.netns, bridge.name)
        found = links.look(session, [place]).get(place)
        if found is None:  # it was the index that was taken: again, with the next one
            create(session, [operation])
        elif found.kind != "bridge" or not session.is_ours(found.alias):
            raise links.foreign(operation, place)
        else:
            _bring_to(session, [(bridge, found, operation)])


def change(session: Session, operations: Sequence[Operation]) -> None:
    """Change bridges while they work; one whose fixed MAC is to go is made anew."""
    wanted = {
        (bridge.netns, bridge.name): (bridge, operation)
        for bridge, operation in _bridges(operations)
    }
    for place, (bridge, operation) in list(wanted.items()):
        if "mac" in operation.fields and bridge.mac is None:
            _remake(session, bridge, operation)
            del wanted[place]
    seen = links.demand(session, {place: operation for place, (_, operation) in wanted.items()})
    _bring_to(
        session,
        [(bridge, seen[place], operation) for place, (bridge, operation) in wanted.items()],
    )


def _remake(session: Session, bridge: Bridge, operation: Operation) -> None:
    place = (bridge.netns, bridge.name)
    old = links.demand(session, {place: operation})[place]
    new = replace(bridge, name=f"tlb{next(session.indexes):x}", up=False, mtu=None)
    make = Operation(action="create", key=new.key, after=new, reason=operation.reason)
    create(session, [make])
    index = session.made.pop((new.netns, new.name))
    session.made.pop(place, None)
    afterwards = remaking.take_place(session, bridge.netns, old, index, operation)
    seen = links.demand(session, {place: operation})[place]
    _bring_to(session, [(bridge, seen, operation)])
    session.carry_out(afterwards)


def _bring_to(session: Session, changes: Sequence[tuple[Bridge, LinkSeen, Operation]]) -> None:
    steps = []
    for bridge, seen, operation in changes:
        is_now = Bridge(name=seen.name, **seen_options(seen))  # type: ignore[arg-type]
        if bridge.vlan_filtering and not is_now.vlan_filtering:
            # By itself, and first: in one message the kernel begins with the filter.
            body = wire.link_body(_info(_NO_DEFAULT_PVID), index=seen.index)
            steps.append(Step(bridge.netns, Request(c.RTM_NEWLINK, body), operation))
        if data := options(bridge, is_now):
            body = wire.link_body(_info(data), index=seen.index)
            steps.append(Step(bridge.netns, Request(c.RTM_NEWLINK, body), operation))
    failed = session.send(steps)
    _say_why(failed)
    raise_first(failed, (operation for *_, operation in changes))
    links.adjust(session, changes)


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take bridges down one by one: each keeps the kernel's lock for some 17 ms (a barrier in
    its multicast code), and between two of them others get their turn."""
    places = {(operation.key[1], operation.key[2]): operation for operation in operations}
    for place in places:
        session.made.pop(place, None)
    seen = links.look(session, places)
    steps = []
    for place, found in seen.items():
        if found.kind != "bridge" or not session.is_ours(found.alias):
            raise links.foreign(places[place], place)
        steps.append(links.delete(session, place[0], found.index, places[place]))
    session.carry_out(steps)
