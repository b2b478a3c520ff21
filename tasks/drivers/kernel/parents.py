"""Cards that labs have sub-interfaces on: marked, and up as long as one of them needs it.

The last lab that leaves a card sets it down again, if it was down before the first one came.
"""

from __future__ import annotations

from collections.abc import Sequence

from designer.machine.marks import parent_mark
from designer.machine.resources import Parent
from designer.planner.operations import Operation
from tasks.drivers.kernel import cards, links
from tasks.drivers.kernel.session import Session
from tasks.drivers.netlink.decode import LinkSeen


def seen_parent(seen: LinkSeen, lab: str) -> Parent:
    """A card as a lab sees it: by its own mark alone."""
    ours = next((mark for _, mark in cards.parent_marks(seen) if mark.lab == lab), None)
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
    there = links.demand(session, {place: one for place, (one, _) in wanted.items()}, ours=False)
    lab = session.mark.lab
    for place, seen in there.items():
        operation, after = wanted[place]
        if not any(mark.lab == lab for _, mark in cards.parent_marks(seen)):
            name = parent_mark(lab, not cards.was_down(seen), seen.name)
            steps.append(cards.give(seen, name, operation))
        if seen.up is not after.up:
            steps.append(cards.switch(seen, after.up, operation))
    session.carry_out(steps)


change = create


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take this lab's marks away; a card that no lab needs any more is as it was before."""
    wanted = {("", operation.key[1]): operation for operation in operations}
    steps = []
    for place, seen in links.look(session, wanted).items():
        operation = wanted[place]
        there = list(cards.parent_marks(seen))
        ours = [(name, mark) for name, mark in there if mark.lab == session.mark.lab]
        alone = len(ours) == len(there) and cards.borrower(seen) is None
        if alone and seen.up and any(not mark.was_up for _, mark in ours):
            steps.append(cards.switch(seen, False, operation))
        steps += (cards.take(seen, name, operation) for name, _ in ours)
    session.carry_out(steps)
