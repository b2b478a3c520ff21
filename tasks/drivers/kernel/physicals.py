"""Cards and other links that we did not make: they become ports of our bridges, and leave again.

One that we made a port is marked by an alternative name, ``trunkline-LAB-NAME``: its alias may be
its administrator's. To let it go takes that name away again.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from designer.machine.resources import Physical
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request

_ALTNAME = re.compile(r"^trunkline-([a-z0-9]{4,16})-")


def owner_by_altname(seen: LinkSeen) -> str | None:
    """The lab whose port this link is by our doing."""
    for name in seen.altnames:
        if found := _ALTNAME.match(name):
            return found[1]
    return None


def _altname(session: Session, netns: str, index: int, name: str, operation: Operation,
             *, give: bool) -> Step:  # fmt: skip
    own = wire.text(c.IFLA_ALT_IFNAME, f"trunkline-{session.mark.lab}-{name}")
    body = wire.link_body(wire.nest(c.IFLA_PROP_LIST, own), index=index)
    if give:
        flags = c.NLM_F_CREATE | c.NLM_F_EXCL | c.NLM_F_APPEND
        return Step(
            netns, Request(c.RTM_NEWLINKPROP, body, flags), operation, frozenset({errno.EEXIST})
        )
    return Step(
        netns, Request(c.RTM_DELLINKPROP, body), operation, frozenset({errno.ENOENT, errno.EINVAL})
    )


def create(session: Session, operations: Sequence[Operation]) -> None:
    """The same as a change: the card is there already."""
    change(session, operations)


def change(session: Session, operations: Sequence[Operation]) -> None:
    """Make cards ports of bridges, or let them go."""
    wanted = {
        (operation.after.netns, operation.after.name): (operation.after, operation)
        for operation in operations
        if isinstance(operation.after, Physical)
    }
    seen = links.demand(
        session, {place: operation for place, (_, operation) in wanted.items()}, ours=False
    )
    steps = []
    for place, (after, operation) in wanted.items():
        _refuse_others_port(session, place, after, seen[place], operation)
        give = after.master is not None
        if give or owner_by_altname(seen[place]) == session.mark.lab:
            steps.append(
                _altname(session, place[0], seen[place].index, place[1], operation, give=give)
            )
    session.carry_out(steps)
    links.adjust(
        session, [(after, seen[place], operation) for place, (after, operation) in wanted.items()]
    )


def _refuse_others_port(
    session: Session, place: links.Place, after: Physical, seen: LinkSeen, operation: Operation
) -> None:
    """A card that is a port of somebody else's bridge stays there."""
    owner = owner_by_altname(seen)
    if owner is not None and owner != session.mark.lab:
        raise _in_use(operation, place, "a port of another lab")
    if not seen.master:
        return
    master = links.by_index(session, place[0], seen.master)
    if master is None or master.name == after.master or session.is_ours(master.alias):
        return
    what = f"a port of {master.name}, which does not carry this lab's mark"
    raise _in_use(operation, place, what)


def _in_use(operation: Operation, place: links.Place, what: str) -> OperationFailed:
    return OperationFailed(
        operation,
        errno.EBUSY,
        f"{place[1]} is {what}",
        "Use another card in the drawing, or take it out of that bridge first.",
    )


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Let cards go that carry our name; others stay as they are."""
    places = {(operation.key[1], operation.key[2]): operation for operation in operations}
    steps = []
    for (netns, name), seen in links.look(session, places).items():
        if owner_by_altname(seen) != session.mark.lab:
            continue
        operation = places[netns, name]
        master = links.by_index(session, netns, seen.master) if seen.master else None
        if master is not None and session.is_ours(master.alias):
            body = wire.link_body(wire.u32(c.IFLA_MASTER, 0), index=seen.index)
            steps.append(Step(netns, Request(c.RTM_NEWLINK, body), operation))
        steps.append(_altname(session, netns, seen.index, name, operation, give=False))
    session.carry_out(steps)
