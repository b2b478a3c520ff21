"""Checks in the tests' world: a design with some, and an agent's answers to them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from designer.deploy.models import CheckPart, CheckRun
from designer.deploy.statuses import statuses_of
from designer.labs.models import Lab
from tests.deploy.world import FakeAgent

CHECKS = """
checks:
  reach: {source: c1, target: c2}
  back: {source: c2, target: c1}
  never: {source: c1, target: c2, address: 10.0.0.99, expect: no-reach}
"""


def shown(lab: Lab) -> dict[str, str]:
    """The checks' states, by id."""
    return {
        ref.removeprefix("checks/"): status["state"]
        for ref, status in statuses_of(lab).items()
        if ref.startswith("checks/")
    }


def detail(lab: Lab, id: str) -> str:
    words: str = statuses_of(lab)[f"checks/{id}"]["detail"]
    return words


def asked(agent: FakeAgent) -> CheckPart | None:
    """What the agent is asked at the moment."""
    return CheckPart.objects.filter(
        hypervisor=agent.hypervisor, run__state="running", done=False, deadline__isnull=False
    ).first()


def answer(agent: FakeAgent, *, part: CheckPart | None = None, complete: bool = True,
           **states: str) -> None:  # fmt: skip
    """As expected, but for the states that are given; with these alone where not complete."""
    part = part or asked(agent)
    assert part is not None
    ids = [one["id"] for one in part.specs if complete or one["id"] in states]
    told = {
        "kind": "checked",
        "run": str(part.pk),
        "lab": part.run.lab.tag,
        "results": [
            {
                "id": id,
                "state": states.get(id, "pass"),
                "detail": f"About {id}.",
                "sent": 3,
                "received": 1,
                "rtt_ms": 0.25,
            }
            for id in ids
        ],
        "complete": complete,
    }
    assert agent.report(told) is not None


def ids_of(part: CheckPart | None) -> list[str]:
    return [] if part is None else [one["id"] for one in part.specs]


def run_of(lab: Lab) -> CheckRun:
    return CheckRun.objects.filter(lab=lab).order_by("-created")[0]


def overdue() -> None:
    past = timezone.now() - timedelta(seconds=1)
    CheckPart.objects.filter(deadline__isnull=False, done=False).update(deadline=past)
