"""How a run of checks goes on: first what must be reached, at every hypervisor; when those have
answered, what must not be. So "nobody answered" is said of a lab that is known to be up.

    asked → an answer for each check, or silence until the deadline → the next step → done

A run needs no worker: agents' answers move it, and :mod:`designer.deploy.reconcile` looks for
deadlines that have passed. Everything here runs under the lab's lock.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from designer.deploy import statuses
from designer.deploy.checkable import Checkable, checkable
from designer.deploy.describe import state_of
from designer.deploy.models import (
    CheckPart,
    CheckRun,
    CheckRunState,
    Deployment,
    Hypervisor,
    LabStatus,
    State,
    Step,
)
from designer.deploy.push import push_on_commit
from designer.deploy.statuses import CHECKS
from designer.labs.models import Lab, User
from designer.topology.edits import Edit
from designer.topology.records import Check

log = logging.getLogger(__name__)

Told = Mapping[str, Mapping[str, Any]]

NO_REACH_TAKES = 120
"""Seconds that an agent has for its must-not-reach checks; VMs may have to boot first."""
GRACE = 30
"""Seconds beyond what checks may take until an answer must be here, and after each that comes
until the next: many VMs take their turns."""
KEPT = 20
"""Runs kept for each lab."""


def begin(
    lab: Lab,
    by: User | None,
    ids: Collection[str] | None = None,
    *,
    deployment: UUID | None = None,
) -> CheckRun | None:
    """Ask these checks, or all; together with those that an unfinished run still waits for.
    None where there is nothing to be asked."""
    wanted = None if ids is None else set(ids)
    for open in CheckRun.objects.filter(lab=lab, state=CheckRunState.RUNNING):
        if wanted is not None:
            wanted.update(_unanswered(open))
        stop(open)
    asked = checkable(lab, wanted)
    if not asked.specs and not asked.left_out and not asked.unleased:
        return None
    run = CheckRun.objects.create(
        lab=lab, by=by, deployment_id=deployment, left_out=dict(asked.left_out)
    )
    CheckPart.objects.bulk_create(
        CheckPart(run=run, hypervisor=hypervisor, step=step, specs=specs)
        for hypervisor, all in asked.specs.items()
        for step in Step.values
        if (specs := [one for one in all if one["expect"] == step])
    )
    _show_as_waiting(lab, asked)
    _ask(run)
    go_on(run)
    _tidy(lab)
    return run


def ask_leased(lab: Lab, told: Told) -> None:
    """Ask what only waited until these nodes have a lease, now that they have."""
    leased = {ref.removeprefix("nodes/") for ref, one in told.items() if one["facts"].get("leases")}
    changing = Deployment.objects.filter(lab=lab, state=State.APPLYING)  # its end asks anyway
    if not leased or changing.exists():
        return
    waiting = LabStatus.objects.filter(lab=lab, facts__waits_for__in=sorted(leased))
    refs = waiting.filter(ref__startswith=CHECKS).values_list("ref", flat=True)
    if ids := [ref.removeprefix(CHECKS) for ref in refs]:
        begin_beside(lab, None, ids)


def begin_beside(
    lab: Lab,
    by: User | None,
    ids: Collection[str] | None = None,
    *,
    deployment: UUID | None = None,
) -> None:
    """As :func:`begin`, beside something else that must not fail because checks cannot be made."""
    try:
        with transaction.atomic():
            begin(lab, by, ids, deployment=deployment)
    except Exception:
        log.exception("The checks of lab %s were not begun", lab.pk)


def go_on(run: CheckRun) -> None:
    """Take the run to whatever follows now."""
    while run.state == CheckRunState.RUNNING:
        here = run.parts.filter(step=run.step).select_related("hypervisor")
        now = timezone.now()
        over = Q(deadline__lt=now) | Q(hypervisor__silent=True)  # who comes back is asked again
        for part in here.filter(over, done=False):
            _give_up(run, part)
        if here.filter(done=False).exists():
            return
        if run.step == Step.REACH:
            _write(run, step=Step.NO_REACH)
            _ask(run)
        else:
            _write(run, state=CheckRunState.DONE, finished=now)


def take(part: CheckPart, results: Told, *, complete: bool) -> None:
    """An agent's answers, by the ids of checks that it was asked, as statuses."""
    specs = {one["id"]: one for one in part.specs}
    told, now = dict(results), timezone.now()
    part.answered = sorted({*part.answered, *told})
    if complete:
        missing = specs.keys() - set(part.answered)
        words = f"{part.hypervisor.name} did not say what came of it."
        told |= {id: _status("unknown", words, specs[id]) for id in missing}
        part.done = True
    part.deadline = max(part.deadline or now, now + timedelta(seconds=GRACE))
    part.save(update_fields=["answered", "done", "deadline"])
    _tell(part.run.lab, part.hypervisor, told, asked=True)


def stop(run: CheckRun) -> None:
    """End it where it is; what has come stays."""
    for part in run.parts.filter(done=False, deadline__isnull=False):
        push_on_commit(part.hypervisor_id, {"type": "forget", "run": str(part.pk)})
    _write(run, state=CheckRunState.STOPPED, finished=timezone.now())
    waiting = run.parts.filter(done=False).select_related("hypervisor")
    for part in waiting:
        words = "It was stopped before an answer came."
        unanswered = (one for one in part.specs if one["id"] not in part.answered)
        told = {one["id"]: _status("unknown", words, one) for one in unanswered}
        _tell(run.lab, part.hypervisor, told, asked=True)


def stop_all(lab: Lab) -> None:
    """What is asked of a lab that is being changed would say nothing."""
    for run in CheckRun.objects.filter(lab=lab, state=CheckRunState.RUNNING):
        stop(run)


def ask_again(hypervisor: Hypervisor) -> None:
    """Of an agent that has just connected, what it may never have heard. An agent knows a run by
    its name and does not begin it twice."""
    open = CheckPart.objects.filter(
        hypervisor=hypervisor,
        run__state=CheckRunState.RUNNING,
        done=False,
        deadline__isnull=False,
    )
    for part in open.select_related("run__lab"):
        push_on_commit(hypervisor.pk, _message(part.run, part))


def ask_after_silence(lab: Lab, hypervisor: Hypervisor) -> None:
    """Of a hypervisor that is heard of again, what its silence made unknown."""
    mine = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor, ref__startswith=CHECKS)
    refs = list(mine.filter(state="unknown").values_list("ref", flat=True))
    changing = Deployment.objects.filter(lab=lab, state=State.APPLYING)  # its end asks anyway
    if refs and not changing.exists():
        begin_beside(lab, None, [ref.removeprefix(CHECKS) for ref in refs])


def follow_edit(lab: Lab, edit: Edit) -> None:
    """What came of a check that is gone, or asks something else now, counts no more."""
    parts = edit.get("checks", {})
    other = (id for id, fields in parts.get("changed", {}).items() if fields.keys() - {"label"})
    refs = {f"{CHECKS}{id}" for id in (*parts.get("removed", {}), *other)}
    if refs:
        statuses.keep_at(lab, refs, {})


def _ask(run: CheckRun) -> None:
    """Send what belongs to the run's step."""
    for part in run.parts.filter(step=run.step).select_related("hypervisor"):
        takes = NO_REACH_TAKES
        if run.step == Step.REACH:
            takes = max(one["within"] for one in part.specs)
        part.deadline = timezone.now() + timedelta(seconds=takes + GRACE)
        part.save(update_fields=["deadline"])
        push_on_commit(part.hypervisor_id, _message(run, part))


def _message(run: CheckRun, part: CheckPart) -> dict[str, Any]:
    return {"type": "check", "run": str(part.pk), "lab": run.lab.tag, "checks": part.specs}


def _give_up(run: CheckRun, part: CheckPart) -> None:
    """Its time is over."""
    push_on_commit(part.hypervisor_id, {"type": "forget", "run": str(part.pk)})
    name = part.hypervisor.name
    away = state_of(part.hypervisor) != "connected"
    words = (
        f"{name} is not connected. Start its agent, then run the check again."
        if away
        else f"{name} did not answer in time. Run the check again."
    )
    unanswered = (one for one in part.specs if one["id"] not in part.answered)
    told = {one["id"]: _status("unknown", words, one) for one in unanswered}
    _tell(run.lab, part.hypervisor, told, asked=True)
    part.done = True
    part.save(update_fields=["done"])


def _show_as_waiting(lab: Lab, asked: Checkable) -> None:
    words = {
        Step.REACH: "Waiting for an answer.",
        Step.NO_REACH: "Waiting until what must be reached has answered.",
    }
    refs = {f"{CHECKS}{one['id']}" for specs in asked.specs.values() for one in specs}
    refs |= {f"{CHECKS}{id}" for id in asked.left_out}
    refs |= {f"{CHECKS}{id}" for checks in asked.unleased.values() for id in checks}
    for hypervisor, checks in asked.unleased.items():
        told = {id: _unleased(check) for id, check in checks.items()}
        _tell(lab, hypervisor, told)
    for hypervisor, specs in asked.specs.items():
        told = {one["id"]: _status("applying", words[one["expect"]], one) for one in specs}
        _tell(lab, hypervisor, told)
    here: dict[UUID, set[str]] = {}
    for hypervisor, specs in asked.specs.items():
        here.setdefault(hypervisor.pk, set()).update(f"{CHECKS}{one['id']}" for one in specs)
    for hypervisor, checks in asked.unleased.items():
        here.setdefault(hypervisor.pk, set()).update(f"{CHECKS}{id}" for id in checks)
    statuses.keep_at(lab, refs, here)


def _tell(lab: Lab, hypervisor: Hypervisor, told: Told, *, asked: bool = False) -> None:
    """``asked``: only of checks that still wait for it; an edit may have taken one away."""
    by_ref = {f"{CHECKS}{id}": status for id, status in told.items()}
    if asked:
        rows = LabStatus.objects.filter(lab=lab, hypervisor=hypervisor, ref__startswith=CHECKS)
        waiting = set(rows.values_list("ref", flat=True))
        by_ref = {ref: status for ref, status in by_ref.items() if ref in waiting}
    statuses.write(lab, hypervisor, by_ref, timezone.now())


def _status(state: str, detail: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"expect": spec["expect"], "address": spec["address"]}
    return {"state": state, "detail": detail, "facts": facts}


def _unleased(check: Check) -> dict[str, Any]:
    words = f"{check.target} has no lease yet. It is asked as soon as it has one."
    facts = {"expect": check.expect, "address": "", "waits_for": check.target}
    return {"state": "unknown", "detail": words, "facts": facts}


def _unanswered(run: CheckRun) -> Iterable[str]:
    for part in run.parts.filter(done=False):
        yield from {one["id"] for one in part.specs} - set(part.answered)


def _tidy(lab: Lab) -> None:
    runs = CheckRun.objects.filter(lab=lab).order_by("-created").values_list("pk", flat=True)
    CheckRun.objects.filter(pk__in=list(runs[KEPT:])).delete()


def _write(run: CheckRun, **values: Any) -> None:
    CheckRun.objects.filter(pk=run.pk).update(**values)
    for name, value in values.items():
        setattr(run, name, value)
