"""An agent tells what came of checks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from designer.deploy import checking
from designer.deploy.models import CheckPart, CheckRunState, Hypervisor
from designer.wire.agent import Checked

STATES = {"pass": "ok", "fail": "failed", "unknown": "unknown"}


def record_checked(hypervisor: Hypervisor, event: Checked) -> None:
    """Under the lab's lock. Of a run that has ended meanwhile, or of another hypervisor's, it
    counts no more."""
    part = part_of(hypervisor, event.run)
    if part is None or part.done:
        return
    asked = {one["id"]: one for one in part.specs}
    told = {one.id: _status(one, asked[one.id]) for one in event.results if one.id in asked}
    checking.take(part, told, complete=event.complete)
    checking.go_on(part.run)


def part_of(hypervisor: Hypervisor, run: str) -> CheckPart | None:
    try:
        id = UUID(run)
    except ValueError:
        return None
    parts = CheckPart.objects.filter(
        pk=id, hypervisor=hypervisor, deadline__isnull=False, run__state=CheckRunState.RUNNING
    )
    return parts.select_related("run__lab", "hypervisor").first()


def _status(result: Checked.Result, asked: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "expect": asked["expect"],
        "address": asked["address"],
        "sent": result.sent,
        "received": result.received,
    }
    if result.rtt_ms is not None:
        facts["rtt_ms"] = result.rtt_ms
    return {"state": STATES[result.state], "detail": result.detail, "facts": facts}
