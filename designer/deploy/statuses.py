"""What was observed, as one status per record of the design.

Where two hypervisors speak of the same record, the worse word is shown: a segment is well only if
it is well at both ends.

What came out of checks stands here too, under the refs of the checks (designer.deploy.checking).
It is the answer to a question, not a look at the machine: an agent's reports do not touch it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from designer.deploy.models import Footprint, Hypervisor, LabStatus, Part, PartState
from designer.deploy.moments import when
from designer.deploy.transitions import TO_DO
from designer.labs import documents, events
from designer.labs.models import Lab

STATES = (
    "ok", "pending", "applying", "unknown", "drift", "degraded", "absent", "failed",
)  # fmt: skip
"""From well to ill."""

CHECKS = "checks/"
"""How the refs of checks begin."""

_MOST_IN_A_QUERY = 500

SPEAKING = (*TO_DO, PartState.PLANNED, PartState.APPLIED, PartState.FAILED)
"""States of a part of an open deployment whose things may stand on the hypervisor."""


class Word(NamedTuple):
    """What one hypervisor says of one record."""

    hypervisor: str
    state: str
    detail: str
    facts: dict[str, Any]
    at: datetime


def statuses_of(lab: Lab, refs: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """The statuses of a lab by ref; of these refs only, where given."""
    words = _words(LabStatus.objects.filter(lab=lab), refs)
    return {ref: merged(said) for ref, said in words.items()}


def merged(words: Collection[Word]) -> dict[str, Any]:
    """One status of what several hypervisors say of one record."""
    worst = max(words, key=lambda word: STATES.index(word.state))
    facts: dict[str, Any] = {}
    for word in words:
        facts.update(word.facts)
    return {
        "state": worst.state,
        "detail": worst.detail,
        "facts": facts | worst.facts,
        "hypervisor": worst.hypervisor,
        "at": when(worst.at),
    }


def _words(rows: QuerySet[LabStatus], refs: Collection[str] | None) -> dict[str, list[Word]]:
    """By ref. No model instances: a lab may have tens of thousands."""
    if refs is not None and len(refs) <= _MOST_IN_A_QUERY:
        rows = rows.filter(ref__in=refs)
    found: dict[str, list[Word]] = {}
    for ref, *word in rows.order_by("hypervisor__name").values_list(
        "ref", "hypervisor__name", "state", "detail", "facts", "at"
    ):
        if refs is None or ref in refs:
            found.setdefault(ref, []).append(Word(*word))
    return found


def refs_of(lab: Lab, hypervisor: Hypervisor) -> frozenset[str]:
    """What of the lab this hypervisor may speak of: what was or is being put there."""
    footprint = Footprint.objects.filter(lab=lab, hypervisor=hypervisor).first()
    part = (
        Part.objects.filter(deployment__lab=lab, hypervisor=hypervisor)
        .select_related("deployment")
        .order_by("-deployment__generation")
        .first()
    )
    refs = {ref for _, ref in footprint.origins} if footprint else set()
    if part and part.deployment.is_open and part.state in SPEAKING:
        refs.update(ref for _, ref in part.origins)
    if part and part.failure and part.failure.get("ref"):
        refs.add(part.failure["ref"])  # a failure stays shown at its place
    return frozenset(refs)


def write(
    lab: Lab,
    hypervisor: Hypervisor,
    told: Mapping[str, Mapping[str, Any]],
    at: datetime,
    *,
    complete: bool = False,
) -> None:
    """Keep what a hypervisor told, and emit what differs from before. ``complete``: what it does
    not name is gone, checks excepted. Under the lab's lock."""
    mine = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
    if complete:
        before = _words(mine.exclude(ref__startswith=CHECKS), None)
    else:
        before = _words(mine, told.keys())
    changed = {
        ref: Word(hypervisor.name, status["state"], status["detail"], status["facts"], at)
        for ref, status in told.items()
        if ref not in before or not _same(before[ref][0], status)
    }
    LabStatus.objects.bulk_create(
        [
            LabStatus(
                lab_id=lab.pk,
                hypervisor_id=hypervisor.pk,
                ref=ref,
                state=word.state,
                detail=word.detail,
                facts=word.facts,
                at=at,
            )
            for ref, word in changed.items()
        ],
        batch_size=_MOST_IN_A_QUERY,
        update_conflicts=True,
        unique_fields=["lab", "ref", "hypervisor"],
        update_fields=["state", "detail", "facts", "at"],
    )
    gone = [ref for ref in before if ref not in told] if complete else []
    _forget(lab, hypervisor, gone)
    _emit(lab, hypervisor, changed, gone)


def prune(lab: Lab, hypervisor: Hypervisor) -> None:
    """Forget what the hypervisor said of records that are not there any more."""
    kept = refs_of(lab, hypervisor) | _checks_of(lab, hypervisor)
    rows = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
    gone = [ref for ref in rows.values_list("ref", flat=True) if ref not in kept]
    _forget(lab, hypervisor, gone)
    _emit(lab, hypervisor, {}, gone)


def keep_at(lab: Lab, refs: Collection[str], at: Mapping[UUID, Collection[str]]) -> None:
    """Of these refs, keep at each hypervisor only what is named there; forget the rest."""
    rows = LabStatus.objects.filter(lab=lab, ref__startswith=CHECKS).select_related("hypervisor")
    gone: dict[Hypervisor, list[str]] = {}
    for row in rows.only("ref", "hypervisor", "hypervisor__name"):
        if row.ref in refs and row.ref not in at.get(row.hypervisor_id, ()):
            gone.setdefault(row.hypervisor, []).append(row.ref)
    for hypervisor, forgotten in gone.items():
        _forget(lab, hypervisor, forgotten)
        _emit(lab, hypervisor, {}, forgotten)


def _checks_of(lab: Lab, hypervisor: Hypervisor) -> frozenset[str]:
    """The refs of what is drawn as checks, while anything of the lab stands on the hypervisor."""
    if not Footprint.objects.filter(lab=lab, hypervisor=hypervisor).exists():
        return frozenset()
    drawn = documents.of(Lab.objects.select_related("head").get(pk=lab.pk)).design
    return frozenset(f"{CHECKS}{id}" for id in drawn.checks)


def _emit(
    lab: Lab, hypervisor: Hypervisor, changed: Mapping[str, Word], gone: Collection[str]
) -> None:
    """One event with what is to be shown of these refs now; null where nobody says anything."""
    refs = {*changed, *gone}
    if not refs:
        return
    others = _words(LabStatus.objects.filter(lab=lab).exclude(hypervisor=hypervisor), refs)
    changes: dict[str, dict[str, Any] | None] = dict.fromkeys(gone)
    changes |= {ref: merged(words) for ref, words in others.items()}
    changes |= {ref: merged([*others.get(ref, ()), word]) for ref, word in changed.items()}
    events.emit(lab, {"kind": "status", "changes": changes})


def _same(word: Word, status: Mapping[str, Any]) -> bool:
    return (word.state, word.detail, word.facts) == (
        status["state"],
        status["detail"],
        status["facts"],
    )


def _forget(lab: Lab, hypervisor: Hypervisor, refs: list[str]) -> None:
    rows = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
    for start in range(0, len(refs), _MOST_IN_A_QUERY):
        rows.filter(ref__in=refs[start : start + _MOST_IN_A_QUERY]).delete()
