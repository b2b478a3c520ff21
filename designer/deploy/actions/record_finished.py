"""An agent has come to the end of a job."""

from __future__ import annotations

from typing import Any

from designer.deploy import carrying
from designer.deploy.models import Hypervisor, PartState
from designer.deploy.reports import part_of
from designer.deploy.transitions import move
from designer.wire.agent import Finished

P = PartState
STATES = {
    "applied": P.APPLIED,
    "failed": P.FAILED,
    "undone": P.UNDONE,
    "stale-plan": P.STALE,
    "refused": P.REFUSED,
}
MESSAGES = {
    P.STALE: "Stale plan: the machine has changed since the plan was made. Plan again.",
    P.REFUSED: "The agent refused the job.",
    P.FAILED: "It failed, and something of it may stand there still.",
    P.UNDONE: "It failed and was undone.",
}


def record_finished(hypervisor: Hypervisor, event: Finished) -> None:
    """Under the lab's lock. Where it went ill, what has to follow does (carrying.go_on)."""
    part = part_of(hypervisor, event.deployment, event.generation)
    if part is None:
        return
    failure = None if event.failure is None else event.failure.model_dump(mode="json")
    if part.state in (P.WAITING, P.PLANNING):
        if event.outcome == "applied":
            return  # nothing was to be applied; a plan ends by being told
        to: str = P.REFUSED if event.outcome == "refused" else P.FAILED
        values: dict[str, Any] = {"message": _words(event, to), "failure": failure, "note": ""}
    elif part.state != P.APPLYING:
        return
    elif part.putting_back:
        back = event.outcome == "applied"
        to = part.resting if back else P.FAILED
        values = {"putting_back": False, "put_back": back, "note": "" if back else event.message}
        if not back:
            values["failure"] = part.failure or failure
    else:
        to = STATES[event.outcome]
        values = {"seconds": event.seconds, "writes": event.writes, "note": ""}
        if to == P.APPLIED:
            values["done"] = part.total
        else:
            values |= {"message": _words(event, to), "failure": failure}
    if move(part, to, **values):
        carrying.go_on(part.deployment)


def _words(event: Finished, state: str) -> str:
    if event.message:
        return event.message
    if event.failure is not None:
        return f"{event.failure.words} {event.failure.advice}".strip()
    return MESSAGES[P(state)]
