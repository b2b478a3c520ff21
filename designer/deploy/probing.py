"""How a run of probes goes on: everyone is told at once, each tells what it heard, and the table is
made of it when the last has told or the deadline has passed.

    waiting (for the plans) → running → passed | failed | unknown

Nothing on a hypervisor is changed by it. Everything here runs under the lab's lock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from designer.deploy import preflight
from designer.deploy.models import Deployment, Hypervisor, ProbePart, ProbeRun, ProbeRunState
from designer.deploy.preflight import Cell, Prober
from designer.deploy.push import push_on_commit
from designer.labs.models import Lab, User

SECONDS = 8.0
"""How long agents listen at most; they end sooner once everything has been heard. Long enough for
one that hears of it late."""
GRACE = 10.0
"""Seconds beyond that, until the answer must be here."""
KEPT = 20
"""Runs without a deployment that are kept for each lab."""

S = ProbeRunState
Probes = Mapping[UUID, Sequence[Mapping[str, Any]]]
"""As they go to the agents, by hypervisor id."""


def make(lab: Lab, by: User | None, probes: Probes, deployment: Deployment | None) -> ProbeRun:
    """A run that waits."""
    run = ProbeRun.objects.create(lab=lab, by=by, deployment=deployment)
    ProbePart.objects.bulk_create(
        ProbePart(run=run, hypervisor_id=hypervisor, probes=list(one))
        for hypervisor, one in probes.items()
    )
    _tidy(lab)
    return run


def begin(run: ProbeRun) -> None:
    """Tell every hypervisor. Until the answers come, every cell is open."""
    parts = _parts(run)
    cells = preflight.cells_of([_prober(part) for part in parts])
    deadline = timezone.now() + timedelta(seconds=SECONDS + GRACE)
    _write(run, state=S.RUNNING, deadline=deadline, cells=_json(cells))
    names = [part.hypervisor.name for part in parts]
    for part in parts:
        me = part.hypervisor.name
        push_on_commit(
            part.hypervisor_id,
            {
                "type": "probe",
                "run": str(run.pk),
                "lab": run.lab.tag,
                "me": me,
                "peers": [name for name in names if name != me],
                "seconds": SECONDS,
                "probes": part.probes,
            },
        )


def take(run: ProbeRun, hypervisor: Hypervisor, nics: Iterable[Mapping[str, Any]]) -> bool:
    """What one hypervisor heard. True: that was the last word, and the table is there."""
    part = run.parts.filter(hypervisor=hypervisor, nics__isnull=True).first()
    if run.state != S.RUNNING or part is None:
        return False
    asked = {one["segment"] for one in part.probes}
    part.nics = [one for one in nics if one["segment"] in asked]
    part.save(update_fields=["nics"])
    if run.parts.filter(nics__isnull=True).exists():
        return False
    conclude(run)
    return True


def conclude(run: ProbeRun) -> None:
    """Make the table of what was told."""
    parts = _parts(run)
    probers = [_prober(part) for part in parts]
    cells = preflight.cells_of(probers)
    nics = {
        (segment, prober.name): probe["nic"]
        for prober in probers
        for segment, probe in prober.probes.items()
    }
    found = preflight.findings_of(cells, nics)
    lost = sum(cell.passed is False for cell in cells)
    open = sum(cell.passed is None for cell in cells)
    state = S.FAILED if lost else S.UNKNOWN if open else S.PASSED
    words = {
        S.FAILED: f"{lost} of {len(cells)} frames do not come through.",
        S.UNKNOWN: f"Of {len(cells)} frames, {open} could not be tried.",
        S.PASSED: f"All {len(cells)} frames come through.",
    }
    message = f"{words[state]} {preflight.unknowns(probers)}".strip()
    if len(cells) > preflight.MOST_SHOWN:
        message += f" The table shows {preflight.MOST_SHOWN} of them, those that are lost first."
    values = {"cells": _json(cells), "findings": found, "finished": timezone.now()}
    _write(run, state=state, message=message, **values)


def stop(run: ProbeRun, why: str) -> None:
    """End it without a table."""
    if run.state == S.RUNNING:
        for part in run.parts.filter(nics__isnull=True):
            push_on_commit(part.hypervisor_id, {"type": "forget", "run": str(run.pk)})
    if run.state in (S.WAITING, S.RUNNING):
        _write(run, state=S.UNKNOWN, message=why, finished=timezone.now())


def run_of(deployment: Deployment) -> ProbeRun | None:
    """The preflight of a deployment, if it has one."""
    runs = ProbeRun.objects.filter(deployment=deployment).select_related("lab")
    return runs.first()


def _parts(run: ProbeRun) -> list[ProbePart]:
    return list(run.parts.select_related("hypervisor").order_by("hypervisor__name"))


def _prober(part: ProbePart) -> Prober:
    answers = None if part.nics is None else _by_segment(part.nics, _same_answer)
    return Prober(part.hypervisor.name, _by_segment(part.probes, _same_probe), answers)


def _by_segment(
    told: Iterable[dict[str, Any]],
    join: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Two hosts on one hypervisor may have a card each in one segment: then both count as one."""
    found: dict[str, dict[str, Any]] = {}
    for one in told:
        segment = one["segment"]
        found[segment] = join(found[segment], one) if segment in found else one
    return found


def _same_probe(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {name: sorted({*one[name], *other[name]}) for name in ("vlans", "sizes")}
    return {**one, "nic": f"{one['nic']}, {other['nic']}", **both}


def _same_answer(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "nic": f"{one['nic']}, {other['nic']}",
        "error": " ".join(filter(None, (one["error"], other["error"]))),
        "tried": one["tried"] and other["tried"],
        "heard": [*one["heard"], *other["heard"]],
    }


def _json(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(cell) for cell in preflight.shown(cells)]


def _tidy(lab: Lab) -> None:
    runs = ProbeRun.objects.filter(lab=lab, deployment=None).order_by("-created")
    old = list(runs.values_list("pk", flat=True)[KEPT:])
    ProbeRun.objects.filter(pk__in=old).delete()


def _write(run: ProbeRun, **values: Any) -> None:
    ProbeRun.objects.filter(pk=run.pk).update(**values)
    for name, value in values.items():
        setattr(run, name, value)
