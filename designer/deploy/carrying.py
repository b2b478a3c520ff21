"""How a deployment goes on: what follows from the states of its parts.

    planning  every part planned → planned
              a part refused or failed → failed, nothing was touched
    planned   the preflight (designer.deploy.probing), then where that is wished on to applying;
              something is lost on the way → it waits for a person
    applying  every part applied → done
              a part failed → the others are put back to what they were before → failed
              cancelled → every part is put back → cancelled

A destroy is not put back: what could be removed is gone, the rest is said. Nor do its parts wait
for each other: a hypervisor that does not answer keeps nothing on the others alive.

Whatever stands at the end is checked (designer.deploy.checking).

Everything here runs under the lab's lock and in one transaction with what led to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from designer.deploy import checking, claims, probing, statuses
from designer.deploy.announce import announce
from designer.deploy.dispatch import call_on_commit
from designer.deploy.errors import Conflict
from designer.deploy.locks import next_generation
from designer.deploy.models import (
    Deployment,
    Footprint,
    Kind,
    Part,
    PartState,
    Phase,
    ProbeRunState,
    State,
)
from designer.deploy.push import push_on_commit
from designer.deploy.transitions import TO_DO, move
from designer.labs import audit
from designer.labs.models import User
from designer.rules.findings import listed

P = PartState
ILL = (P.FAILED, P.UNDONE, P.REFUSED, P.STALE)
UNTOUCHED = (P.UNDONE, P.REFUSED, P.STALE)
STOPPED_BY_PREFLIGHT = (
    "Nothing was changed: frames are lost between the hypervisors. Mend the path and deploy again, "
    "or apply the plan despite it."
)


RESTARTS = (
    "Nothing was changed yet: VMs that run are restarted by it. Look at the plan, then apply it."
)
REACHED_BY_IT = (
    "Nothing was changed yet: this changes the way by which {} reached. Look at the plan, "
    "then apply it."
)


def go_on(deployment: Deployment) -> None:
    """Take the deployment to whatever follows now, and tell everyone."""
    parts = parts_of(deployment)
    if deployment.kind == Kind.DESTROY and deployment.auto and parts:
        _go_on_destroying(deployment, parts)
    elif deployment.state == State.PLANNING:
        _go_on_planning(deployment, parts)
    elif deployment.state == State.PLANNED:
        _go_on_planned(deployment, parts)
    elif deployment.state == State.APPLYING:
        _go_on_applying(deployment, parts)
    announce(deployment)


def parts_of(deployment: Deployment) -> list[Part]:
    rows = Part.objects.filter(deployment=deployment).select_related("hypervisor")
    return list(rows.order_by("hypervisor__name"))


def _go_on_planning(deployment: Deployment, parts: list[Part]) -> None:
    ill = [part for part in parts if part.state in ILL]
    if ill:
        give_up(parts, "Nothing was changed here.")
        finish(deployment, State.FAILED, f"Nothing was changed. {_said(ill)}")
    elif not parts:
        finish(deployment, State.DONE, "There is nothing of this lab on any hypervisor.")
    elif all(part.state == P.PLANNED for part in parts):
        _moved(move(deployment, State.PLANNED))
        _go_on_planned(deployment, parts)


def _go_on_planned(deployment: Deployment, parts: list[Part]) -> None:
    """To applying, if that is wished and nothing is lost between the hypervisors. What could not
    be tried is no reason to wait: a NIC that is down may be what the plan brings up."""
    run = probing.run_of(deployment)
    if run is not None and run.state == ProbeRunState.WAITING:
        if any(part.operations_count for part in parts):
            probing.begin(run)
            return
        run.delete()  # nothing is to be done, so nothing on the way can hinder it
        run = None
    if not deployment.auto or (run is not None and run.state == ProbeRunState.RUNNING):
        return
    if run is not None and run.state == ProbeRunState.FAILED and not deployment.despite_preflight:
        _write(deployment, auto=False, message=STOPPED_BY_PREFLIGHT)
    elif (reached := _reached_by_it(parts)) and not deployment.over_management:
        words = REACHED_BY_IT.format(f"{listed(reached)} {'are' if len(reached) > 1 else 'is'}")
        _write(deployment, auto=False, message=words)
    elif any(part.restarts for part in parts) and not deployment.with_restarts:
        _write(deployment, auto=False, message=RESTARTS)
    else:
        start_applying(deployment)


def _reached_by_it(parts: list[Part]) -> list[str]:
    """The hypervisors whose management NIC the plan changes."""
    return [
        part.hypervisor.name
        for part in parts
        if part.guarded and part.guarded["management"] and part.operations_count
    ]


def _go_on_destroying(deployment: Deployment, parts: list[Part]) -> None:
    """Each part by itself, as soon as it is planned; the deployment ends with the last."""
    planned = [part for part in parts if part.state == P.PLANNED]
    if planned and deployment.state == State.PLANNING:
        checking.stop_all(deployment.lab)
        _moved(move(deployment, State.PLANNED))
        _moved(move(deployment, State.APPLYING))
    for part in planned:
        _start_part(deployment, part)
    call_on_commit(planned)
    if deployment.state == State.APPLYING:
        _go_on_applying(deployment, parts)
    elif deployment.state == State.PLANNING and not any(part.state in TO_DO for part in parts):
        finish(deployment, State.FAILED, f"Nothing was changed. {_said(parts)}")


def _go_on_applying(deployment: Deployment, parts: list[Part]) -> None:
    ill = [part for part in parts if part.state in ILL]
    if ill and not deployment.ending:
        if deployment.kind == Kind.DESTROY:
            _write(deployment, ending=State.FAILED, message=_said(ill))
        else:
            put_back(deployment, State.FAILED, _said(ill))
            parts = parts_of(deployment)
    if any(part.state in TO_DO for part in parts):
        return
    if not deployment.ending:
        finish(deployment, State.DONE, "")
        return
    message = deployment.message
    if ill and deployment.kind == Kind.DESTROY:
        message = _said(ill)
    finish(deployment, deployment.ending, _sentences([message, *_afterwards(parts)]))


def start_applying(deployment: Deployment) -> None:
    """From planned to applying: every part gets a new job and its agent is called."""
    if (run := probing.run_of(deployment)) is not None:
        probing.stop(run, "The deployment went on without waiting for it.")
    checking.stop_all(deployment.lab)
    _moved(move(deployment, State.APPLYING, message=""))
    parts = parts_of(deployment)
    for part in parts:
        if _stands_already(deployment, part):
            _moved(move(part, P.APPLIED, message=part.note, note="", seconds=0.0, writes=0))
        else:
            _start_part(deployment, part)
    called = [part for part in parts if part.state == P.APPLYING]
    call_on_commit(called)
    if not called:
        _go_on_applying(deployment, parts)


def _stands_already(deployment: Deployment, part: Part) -> bool:
    """Whether the agent has just found everything as it is wanted, and has known for as long as it
    runs what that is. Then there is nothing to tell it. A person's own look at a plan may be
    older, so that the agent has to look again."""
    if part.operations_count or part.removes or not deployment.auto:
        return False
    same = Footprint.objects.filter(
        lab=deployment.lab, hypervisor=part.hypervisor, digest=part.digest, generation__gt=0
    )
    return (
        bool(part.digest and part.hypervisor.boot)
        and same.filter(boot=part.hypervisor.boot).exists()
    )


def _start_part(deployment: Deployment, part: Part) -> None:
    # Written before the agent may touch anything: destroy must find every machine.
    Footprint.objects.get_or_create(
        lab=deployment.lab,
        hypervisor=part.hypervisor,
        defaults={"since": deployment.generation},
    )
    phase = Phase.DESTROY if part.removes else Phase.APPLY
    _new_job(deployment, part, phase=phase, total=part.operations_count)


def put_back(deployment: Deployment, ending: str, message: str) -> None:
    """Lead every part to what was there before this deployment. It ends as ``ending`` when the
    last is there."""
    _write(deployment, ending=ending, message=message)
    called = []
    for part in parts_of(deployment):
        if part.state == P.APPLYING and not part.putting_back and part.fetched is None:
            # Nobody has the job, and with its number out of force nobody gets it.
            _moved(move(part, P.UNDONE, put_back=True, generation=_next(deployment), note=""))
        elif part.state in (P.APPLIED, P.APPLYING, P.FAILED) and not part.putting_back:
            called.append(_put_part_back(deployment, part))
    call_on_commit(called)


def _put_part_back(deployment: Deployment, part: Part) -> Part:
    if part.state == P.APPLYING:
        stop_agent(part)
    before = Footprint.objects.get(lab=deployment.lab, hypervisor=part.hypervisor)
    _new_job(
        deployment,
        part,
        phase=Phase.APPLY if before.resources else Phase.DESTROY,
        resources=before.resources,
        origins=before.origins,
        putting_back=True,
        resting=P.FAILED if part.state == P.FAILED else P.UNDONE,
        note="Putting back what was there before.",
        total=0,
    )
    return part


def leave_unreached(deployment: Deployment, message: str) -> None:
    """End a destroy without the hypervisors whose agents have not begun; the others finish."""
    _write(deployment, ending=State.CANCELLED, message=message)
    for part in parts_of(deployment):
        if part.state in TO_DO and part.fetched is None:
            words = f"{message} Not reached: what stood here stands."
            _moved(move(part, P.UNDONE, generation=_next(deployment), message=words))


def stop_agent(part: Part) -> None:
    """Tell the agent at once that the job it may be at is out of force."""
    push_on_commit(
        part.hypervisor_id,
        {
            "type": "cancel",
            "deployment": str(part.deployment_id),
            "generation": part.generation,
        },
    )


def give_up(parts: Iterable[Part], note: str) -> None:
    """End what parts still have to do, where that needs nothing of their agents."""
    for part in parts:
        if part.state in TO_DO and part.fetched is not None:
            stop_agent(part)
        if part.state in (*TO_DO, P.PLANNED):
            _moved(move(part, P.UNDONE, note=note))


def abandon(deployment: Deployment, message: str, by: User | None) -> None:
    """Close it as it is, without putting anything back: nothing was touched yet, or a destroy
    comes that removes all of it."""
    give_up(parts_of(deployment), message)
    finish(deployment, State.CANCELLED, message, by, overtaken=True)
    announce(deployment)


def finish(
    deployment: Deployment,
    state: str,
    message: str,
    by: User | None = None,
    *,
    overtaken: bool = False,
) -> None:
    """Close the deployment, write down what now stands where, give back what is not needed. One
    that was overtaken while it applied leaves its footprints: it may stand on any of them."""
    lab, done = deployment.lab, state == State.DONE
    began = deployment.state == State.APPLYING
    settled = began and not overtaken
    if (run := probing.run_of(deployment)) is not None:
        probing.stop(run, "The deployment ended before it was through.")
    _moved(move(deployment, state, finished=timezone.now(), message=message))
    for part in parts_of(deployment) if settled else ():
        _settle_footprint(deployment, part, done)
    if done:
        claims.release_unwanted(lab, deployment.generation)
    elif settled or not began:
        claims.release_since(lab, deployment.generation)
    audit.record(by, f"deployment.{state}", f"deployment/{deployment.pk}", message=message)
    if settled and deployment.kind == Kind.DEPLOY:
        checking.begin_beside(lab, deployment.by, deployment=deployment.pk)


def _settle_footprint(deployment: Deployment, part: Part, done: bool) -> None:
    footprint = Footprint.objects.filter(lab=deployment.lab, hypervisor=part.hypervisor)
    if part.state == P.APPLIED and part.phase == Phase.PLAN:  # it stood there already
        footprint.update(revision=deployment.revision, at=timezone.now())
        return
    if part.state == P.APPLIED and part.removes:
        footprint.delete()
    elif part.state == P.APPLIED and done:
        footprint.update(
            resources=part.resources,
            origins=part.origins,
            digest=part.digest,
            boot=part.hypervisor.boot,
            generation=part.generation,
            revision=deployment.revision,
            at=timezone.now(),
        )
    elif part.put_back and part.phase == Phase.DESTROY:
        footprint.delete()
    elif part.state in UNTOUCHED:
        footprint.filter(generation=0, since=deployment.generation).delete()
    statuses.prune(deployment.lab, part.hypervisor)


def _new_job(deployment: Deployment, part: Part, **values: Any) -> None:
    values = {"fetched": None, "sent": None, "done": 0, "note": "", **values}
    _moved(move(part, P.APPLYING, generation=_next(deployment), **values))


def _next(deployment: Deployment) -> int:
    return next_generation(deployment.lab)


def _write(deployment: Deployment, **values: Any) -> None:
    Deployment.objects.filter(pk=deployment.pk).update(**values)
    for name, value in values.items():
        setattr(deployment, name, value)


def _moved(moved: bool) -> None:
    if not moved:
        raise Conflict("moved-on", "The deployment has moved on meanwhile; look again.")


def _said(parts: Iterable[Part]) -> str:
    return _sentences(f"{one.hypervisor.name}: {one.message or one.note}" for one in parts)


def _afterwards(parts: Iterable[Part]) -> Iterable[str]:
    for part in parts:
        name = part.hypervisor.name
        if part.put_back:
            yield f"{name} is as it was before."
        elif part.state == P.FAILED and part.resting:
            yield f"{name} could not be put back: {part.note}"


def _sentences(texts: Iterable[str]) -> str:
    return " ".join(text.strip() for text in texts if text.strip())
