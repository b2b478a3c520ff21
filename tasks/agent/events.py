"""The events that the agent tells its controller, as they go on the wire.

Made through the models that the controller reads with, so that what it would not take fails here,
where it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from designer import planner
from designer.machine.resources import Key
from designer.machine.state import Inventory
from designer.wire import agent as wire
from designer.wire import inventory_to_json
from designer.wire.deployment import Failure, Guarded, PlannedOperation, PlannedRefusal
from tasks.agent.job import Job

Event = dict[str, Any]

_TEXT, _LONG = 4000, 20_000
"""Bytes that a text may have; see designer.wire.base."""


def planned(
    job: Job, plan: planner.Plan, refs: Mapping[Key, str], guarded: Guarded | None = None
) -> Event:
    """The plan, each operation with its reason and the commands that would do the same."""
    operations = [
        PlannedOperation(
            action=one.action,
            ref=refs.get(one.key),
            key=one.key,
            reason=_cut(one.reason, _LONG),
            restarts=one.restarts,
            waits=one.waits,
            equivalents=[planner.shell(command) for command in planner.equivalents(one)],
        )
        for one in plan.operations
    ]
    refusals = [
        PlannedRefusal(
            code=one.code,
            ref=refs.get(one.key),
            key=one.key,
            message=_cut(one.message, _TEXT),
            allowed=_cut(one.allowed, _TEXT),
        )
        for one in plan.refusals
    ]
    return wire.Planned(
        **_of(job),
        operations=operations,
        refusals=refusals,
        fingerprint=plan.fingerprint,
        guarded=guarded,
        notes=[_cut(one, _TEXT) for one in plan.notes[: wire.MOST_VMS]],
    ).model_dump(mode="json")


def progress(job: Job, done: int, total: int, note: str) -> Event:
    """`done` of `total` operations are in the kernel; `note` says what goes on."""
    return wire.Progress(
        **_of(job), done=done, total=total, note=_cut(note, _TEXT)
    ).model_dump(mode="json")  # fmt: skip


def finished(
    job: Job,
    outcome: wire.Outcome,
    message: str,
    *,
    failure: Failure | None,
    seconds: float,
    writes: int,
) -> Event:
    """`seconds` of work here; `writes` is the number of operations carried out."""
    return wire.Finished(
        **_of(job),
        outcome=outcome,
        message=_cut(message, _LONG),
        failure=failure,
        seconds=round(seconds, 3),
        writes=writes,
    ).model_dump(mode="json")


def failure(ref: str | None, key: Key | None, words: str, advice: str) -> Failure:
    return Failure(ref=ref, key=key, words=_cut(words, _LONG), advice=_cut(advice, _TEXT))


def applying(job: Job, refs: Iterable[str]) -> Event:
    """These refs are being worked on."""
    return status(job.lab, dict.fromkeys(refs, planner.Status("applying")), complete=False)


def status(lab: str, statuses: Mapping[str, planner.Status], *, complete: bool) -> Event:
    """`complete`: these are all that this hypervisor has to say of the lab.

    Made by hand, as there may be thousands of them many times a second.
    """
    told = {
        ref: {"state": one.state, "detail": _cut(one.detail, _LONG), "facts": one.facts}
        for ref, one in statuses.items()
    }
    return {"kind": "status", "lab": lab, "statuses": told, "complete": complete}


def inventory(found: Inventory) -> Event:
    return {"kind": "inventory", "inventory": inventory_to_json(found)}


def checked(run: str, lab: str, results: Sequence[wire.Checked.Result], *, complete: bool) -> Event:
    """What came out of some checks of a run; `complete`: there are no more."""
    cut = [one.model_copy(update={"detail": _cut(one.detail, _LONG)}) for one in results]
    return wire.Checked(run=run, lab=lab, results=cut, complete=complete).model_dump(mode="json")


def acted(
    run: str, lab: str, state: Literal["running", "done", "failed"], message: str, advice: str = ""
) -> Event:
    """How far an action on a VM is."""
    return wire.Acted(
        run=run, lab=lab, state=state, message=_cut(message, _LONG), advice=_cut(advice, _TEXT)
    ).model_dump(mode="json")


def probed(run: str, lab: str, nics: Sequence[wire.Probed.Nic]) -> Event:
    """What each NIC heard."""
    cut = [one.model_copy(update={"error": _cut(one.error, _TEXT)}) for one in nics]
    return wire.Probed(run=run, lab=lab, nics=cut).model_dump(mode="json")


def _of(job: Job) -> dict[str, Any]:
    return {"deployment": job.deployment, "generation": job.generation}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
