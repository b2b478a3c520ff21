"""What was observed, as one status per record of the design.

Where two hypervisors speak of the same record, the worse word is shown: a segment is well only if
it is well at both ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from designer.deploy.describe import when
from designer.deploy.models import Footprint, Hypervisor, LabStatus, Part, PartState
from designer.deploy.transitions import TO_DO
from designer.labs import events
from designer.labs.models import Lab

STATES = (
    "ok", "pending", "applying", "unknown", "drift", "degraded", "absent", "failed",
)  # fmt: skip
"""From well to ill."""

_MOST_IN_A_QUERY = 500

SPEAKING = (*TO_DO, PartState.PLANNED, PartState.APPLIED, PartState.FAILED)
"""States of a part of an open deployment whose things may stand on the hypervisor."""


def statuses_of(lab: Lab, refs: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """The statuses of a lab by ref; of these refs only, where given."""
    rows = LabStatus.objects.filter(lab=lab).select_related("hypervisor").order_by("hypervisor")
    if refs is not None and len(refs) <= _MOST_IN_A_QUERY:
        rows = rows.filter(ref__in=refs)
    by_ref: dict[str, list[LabStatus]] = {}
    for row in rows:
        if refs is None or row.ref in refs:
            by_ref.setdefault(row.ref, []).append(row)
    return {ref: merged(rows) for ref, rows in by_ref.items()}


def merged(rows: Iterable[LabStatus]) -> dict[str, Any]:
    """One status of what several hypervisors say of one record."""
    worst, *others = sorted(rows, key=lambda row: STATES.index(row.state), reverse=True)
    facts: dict[str, Any] = {}
    for row in (*others, worst):
        facts.update(row.facts)
    return {
        "state": worst.state,
        "detail": worst.detail,
        "facts": facts,
        "hypervisor": worst.hypervisor.name,
        "at": when(worst.at),
    }


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
    not name is gone. Under the lab's lock."""
    rows = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
    if not complete and len(told) <= _MOST_IN_A_QUERY:
        rows = rows.filter(ref__in=told)
    before = {row.ref: (row.state, row.detail, row.facts) for row in rows}
    changed = {
        ref: status
        for ref, status in told.items()
        if before.get(ref) != (status["state"], status["detail"], status["facts"])
    }
    LabStatus.objects.bulk_create(
        [
            LabStatus(lab=lab, hypervisor=hypervisor, ref=ref, at=at, **status)
            for ref, status in changed.items()
        ],
        batch_size=_MOST_IN_A_QUERY,
        update_conflicts=True,
        unique_fields=["lab", "ref", "hypervisor"],
        update_fields=["state", "detail", "facts", "at"],
    )
    gone = [ref for ref in before if ref not in told] if complete else []
    _forget(lab, hypervisor, gone)
    emit(lab, {*changed, *gone})


def prune(lab: Lab, hypervisor: Hypervisor) -> None:
    """Forget what the hypervisor said of records that are not there any more."""
    kept = refs_of(lab, hypervisor)
    rows = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
    gone = [ref for ref in rows.values_list("ref", flat=True) if ref not in kept]
    _forget(lab, hypervisor, gone)
    emit(lab, set(gone))


def emit(lab: Lab, refs: Collection[str]) -> None:
    """One event with the merged statuses of these refs as they are now; null where none is."""
    if refs:
        now = statuses_of(lab, refs)
        changes = {ref: now.get(ref) for ref in sorted(refs)}
        events.emit(lab, {"kind": "status", "changes": changes})


def _forget(lab: Lab, hypervisor: Hypervisor, refs: list[str]) -> None:
    rows = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
    for start in range(0, len(refs), _MOST_IN_A_QUERY):
        rows.filter(ref__in=refs[start : start + _MOST_IN_A_QUERY]).delete()
