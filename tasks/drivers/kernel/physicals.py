"""Cards and other links that we did not make: they become ports of our bridges, and leave again.

One that we made a port carries the lab's mark (:mod:`cards`). To let it go takes that away again,
and sets it down if it was down.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from designer.machine.resources import Physical
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import cards, links
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request


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
    steps: list[Step] = []
    for place, (after, operation) in wanted.items():
        _refuse_others_port(session, place, after, seen[place], operation)
        if after.master is None:
            steps += _unmark(session, place[0], seen[place], operation)
        elif not cards.lent_marks(seen[place], session.mark.lab):
            name = cards.lent_mark(session.mark.lab, seen[place])
            steps.append(cards.give(seen[place], name, operation, place[0]))
    session.carry_out(steps)
    links.adjust(
        session, [(after, seen[place], operation) for place, (after, operation) in wanted.items()]
    )


def _unmark(session: Session, netns: str, seen: LinkSeen, operation: Operation) -> Iterator[Step]:
    """Take this lab's marks away. The card is down again if it was, unless sub-interfaces need it:
    the last lab that has any sets it down then."""
    marks = cards.lent_marks(seen, session.mark.lab)
    if marks and seen.up and cards.was_down(seen) and not any(cards.parent_marks(seen)):
        yield cards.switch(seen, False, operation, netns)
    for name in marks:
        yield cards.take(seen, name, operation, netns)


def _refuse_others_port(
    session: Session, place: links.Place, after: Physical, seen: LinkSeen, operation: Operation
) -> None:
    """A card that is a port of somebody else's bridge stays there."""
    owner = cards.borrower(seen)
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
    steps: list[Step] = []
    for (netns, name), seen in links.look(session, places).items():
        if cards.borrower(seen) != session.mark.lab:
            continue
        operation = places[netns, name]
        master = links.by_index(session, netns, seen.master) if seen.master else None
        if master is not None and session.is_ours(master.alias):
            body = wire.link_body(wire.u32(c.IFLA_MASTER, 0), index=seen.index)
            steps.append(Step(netns, Request(c.RTM_NEWLINK, body), operation))
        steps += _unmark(session, netns, seen, operation)
    session.carry_out(steps)
