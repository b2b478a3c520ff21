"""Cards and other links that we did not make: they become ports of our bridges, and leave again.

One that we made a port carries the lab's mark (:mod:`cards`). To let it go takes that away again,
and sets it down if it was down. What the hypervisor has on it goes along (:mod:`holding`).
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator, Mapping, Sequence

from designer.machine.held import Held
from designer.machine.resources import Physical
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import cards, holding, links
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request

_WORKS_WITHIN = 1.0
_LOOK_EVERY = 0.001
"""Seconds."""


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
    moving = _Moving(session, [operation for _, operation in wanted.values()])
    steps += moving.arriving(seen)
    session.carry_out(steps)
    links.adjust(
        session, [(after, seen[place], operation) for place, (after, operation) in wanted.items()]
    )
    session.carry_out(list(moving.leading()))
    moving.wait_until_it_works(seen)
    session.carry_out(list(moving.leaving()))


class _Moving:
    """What the operations' cards hold, on the way to where they will be used."""

    def __init__(self, session: Session, operations: Sequence[Operation]) -> None:
        self._session = session
        self._operations = [one for one in operations if _held(one)]
        self._indexes: dict[links.Place, int] = {}

    def arriving(self, cards_seen: Mapping[links.Place, LinkSeen]) -> Iterator[Step]:
        """Everything has its address at the new place too. Raises OperationFailed where that is
        a bridge that is not this lab's."""
        for operation in self._operations:
            netns, name = operation.key[1], operation.key[2]
            held, target = _held(operation), _target(operation)
            for on in {target, *held.places}:
                place = (netns, on)
                if on == name:
                    self._indexes[place] = cards_seen[place].index
                elif on == target:
                    self._indexes |= links.indexes(self._session, {place: operation})
                elif there := links.look(self._session, [place]).get(place):
                    if not self._session.is_ours(there.alias):
                        raise links.foreign(operation, place)
                    self._indexes[place] = there.index
            yield from holding.make(held, self._indexes[netns, target], target, operation, netns)

    def leading(self) -> Iterator[Step]:
        """The routes are at the new place, too, behind those at the old one."""
        for operation in self._operations:
            netns = operation.key[1]
            index = self._indexes[netns, _target(operation)]
            yield from holding.lead(_held(operation), index, operation, netns)

    def wait_until_it_works(self, cards_seen: Mapping[links.Place, LinkSeen]) -> None:
        """A bridge drops what it is to send until the kernel has seen, some time after its first
        port came, that it can (net/core/link_watch.c). One whose port has no carrier never can."""
        deadline = time.monotonic() + _WORKS_WITHIN
        for operation in self._operations:
            netns, name = operation.key[1], operation.key[2]
            index = self._indexes[netns, _target(operation)]
            while cards_seen[netns, name].running and time.monotonic() < deadline:
                there = links.by_index(self._session, netns, index)
                if there is None or there.operational:
                    break
                time.sleep(_LOOK_EVERY)

    def leaving(self) -> Iterator[Step]:
        """The old place is left: from now on the routes at the new one count."""
        for operation in self._operations:
            netns, held = operation.key[1], _held(operation)
            here = {on: self._indexes[netns, on] for on in held.places
                    if (netns, on) in self._indexes}  # fmt: skip
            yield from holding.leave(held, here, operation, netns)


def _held(operation: Operation) -> Held:
    """What is to be moved, as the plan has it from what was observed."""
    before = operation.before
    return (before.held if isinstance(before, Physical) else None) or Held()


def _target(operation: Operation) -> str:
    """The link that is to have it: the bridge, or the card itself."""
    after = operation.after
    return (after.master if isinstance(after, Physical) else None) or operation.key[2]


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
    seen = links.look(session, places)
    lent = {
        place: found for place, found in seen.items()
        if cards.borrower(found) == session.mark.lab
    }  # fmt: skip
    moving = _Moving(session, [places[place] for place in lent])
    session.carry_out(list(moving.arriving(lent)))
    session.carry_out(list(moving.leading()))
    steps: list[Step] = []
    for (netns, name), found in lent.items():
        operation = places[netns, name]
        master = links.by_index(session, netns, found.master) if found.master else None
        if master is not None and session.is_ours(master.alias):
            body = wire.link_body(wire.u32(c.IFLA_MASTER, 0), index=found.index)
            steps.append(Step(netns, Request(c.RTM_NEWLINK, body), operation))
    # Together: the routes by way of the bridge lead nowhere once the card is out of it.
    session.carry_out([*steps, *moving.leaving()])
    session.carry_out(
        [step for place, found in lent.items()
         for step in _unmark(session, place[0], found, places[place])]
    )  # fmt: skip
