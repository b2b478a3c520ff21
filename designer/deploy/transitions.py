"""Which state may follow which, and the one way to move: compare and set.

A move changes exactly one row or it did not happen; whoever loses a race reads again and sees
why. Moves that stand in no table are mistakes in the program and raise.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from designer.deploy.models import Deployment, Part, PartState, State

P, S = PartState, State

DEPLOYMENT: dict[str, frozenset[str]] = {
    S.PLANNING: frozenset({S.PLANNED, S.DONE, S.FAILED, S.CANCELLED}),
    S.PLANNED: frozenset({S.APPLYING, S.CANCELLED}),
    S.APPLYING: frozenset({S.DONE, S.FAILED, S.CANCELLED}),
    S.DONE: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}

PART: dict[str, frozenset[str]] = {
    P.WAITING: frozenset({P.PLANNING, P.PLANNED, P.REFUSED, P.FAILED, P.UNDONE}),
    P.PLANNING: frozenset({P.PLANNED, P.REFUSED, P.FAILED, P.UNDONE}),
    # From planned to applied: it stands there already, as the plan has just found.
    P.PLANNED: frozenset({P.APPLYING, P.APPLIED, P.UNDONE}),
    # From applying to applying: overtaken, and put back to what was there before.
    P.APPLYING: frozenset({P.APPLYING, P.APPLIED, P.FAILED, P.UNDONE, P.REFUSED, P.STALE}),
    P.APPLIED: frozenset({P.APPLYING}),
    P.FAILED: frozenset({P.APPLYING}),
    P.UNDONE: frozenset(),
    P.REFUSED: frozenset(),
    P.STALE: frozenset(),
}

TO_DO = (P.WAITING, P.PLANNING, P.APPLYING)
"""States of a part whose agent has something to do."""


def move(row: Deployment | Part, to: str, **values: Any) -> bool:
    """Take the row from the state it was read in to ``to``, together with ``values``.

    False where the row has moved on meanwhile; then nothing was written.
    """
    if isinstance(row, Deployment):
        table = DEPLOYMENT
        same: QuerySet[Any] = Deployment.objects.filter(pk=row.pk, state=row.state)
    else:
        table = PART
        same = Part.objects.filter(pk=row.pk, state=row.state, generation=row.generation)
    if to not in table[row.state]:
        raise ValueError(f"A {type(row).__name__.lower()} never goes from {row.state} to {to}.")
    if same.update(state=to, **values) != 1:
        return False
    row.state = to
    for name, value in values.items():
        setattr(row, name, value)
    return True
