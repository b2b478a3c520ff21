"""Cards that labs have sub-interfaces on: marked, and up as long as one of them needs it.

The mark is an alternative name that also says whether the card was up before the first lab came.
Several labs share a card; the last one that goes sets it down again if it was.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from designer.machine.marks import ParentMark, parent_mark, parse_parent
from designer.machine.resources import Parent
from designer.planner.operations import Operation
from tasks.drivers.kernel import links
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request


def marks(seen: LinkSeen) -> Iterator[tuple[str, ParentMark]]:
    """The labs' marks on a card, each with the alternative name that it is."""
    for name in seen.altnames:
        if mark := parse_parent(name):
            yield name, mark


def seen_parent(seen: LinkSeen, lab: str) -> Parent:
    """A card as a lab sees it: by its own mark alone."""
    ours = next((mark for _, mark in marks(seen) if mark.lab == lab), None)
    return Parent(
        device=seen.name,
        up=seen.up,
        was_up=ours.was_up if ours else None,
        owner=lab if ours else None,
    )


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Mark cards, and then set them up, in one bundle: nothing comes between the two."""
    wanted = {
        ("", operation.key[1]): (operation, operation.after)
        for operation in operations
        if isinstance(operation.after, Parent)
    }
    steps = []
    cards = links.demand(session, {place: one for place, (one, _) in wanted.items()}, ours=False)
    for place, seen in cards.items():
        operation, after = wanted[place]
        there = [mark for _, mark in marks(seen)]
        if not any(mark.lab == session.mark.lab for mark in there):
            was_up = seen.up and all(mark.was_up for mark in there)
            name = parent_mark(session.mark.lab, was_up, seen.name)
            flags = c.NLM_F_CREATE | c.NLM_F_EXCL | c.NLM_F_APPEND
            request = Request(c.RTM_NEWLINKPROP, _property(seen.index, name), flags)
            steps.append(Step("", request, operation, frozenset({errno.EEXIST})))
        if seen.up is not after.up:
            steps.append(_switch(seen.index, after.up, operation))
    session.carry_out(steps)


change = create


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take this lab's marks away; a card that no lab needs any more is as it was before."""
    wanted = {("", one.key[1]): one for one in operations}
    steps = []
    for place, seen in links.look(session, wanted).items():
        operation = wanted[place]
        there = list(marks(seen))
        ours = [(name, mark) for name, mark in there if mark.lab == session.mark.lab]
        if not ours:
            continue
        if len(ours) == len(there) and seen.up and not all(mark.was_up for _, mark in ours):
            steps.append(_switch(seen.index, False, operation))
        for name, _ in ours:
            request = Request(c.RTM_DELLINKPROP, _property(seen.index, name))
            gone = frozenset({errno.ENOENT, errno.EINVAL})
            steps.append(Step("", request, operation, gone))
    session.carry_out(steps)


def _property(index: int, name: str) -> bytes:
    return wire.link_body(
        wire.nest(c.IFLA_PROP_LIST, wire.text(c.IFLA_ALT_IFNAME, name)), index=index
    )


def _switch(index: int, up: bool, operation: Operation) -> Step:
    body = wire.link_body(index=index, flags=c.IFF_UP if up else 0, change=c.IFF_UP)
    return Step("", Request(c.RTM_NEWLINK, body), operation)
