"""Jobs: what one agent is to do, as it fetches it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from designer.deploy.announce import announce
from designer.deploy.locks import lock
from designer.deploy.models import Deployment, Hypervisor, Part, PartState, Phase
from designer.deploy.models.deployment import OPEN
from designer.deploy.transitions import TO_DO, move


def assignments(hypervisor: Hypervisor) -> list[dict[str, Any]]:
    """What the hypervisor's agent should be at, or should begin."""
    parts = Part.objects.filter(
        hypervisor=hypervisor, state__in=TO_DO, deployment__state__in=OPEN
    ).select_related("deployment__lab")
    return [
        {
            "lab": part.deployment.lab.tag,
            "deployment": str(part.deployment_id),
            "generation": part.generation,
        }
        for part in parts.order_by("generation")
    ]


def fetch(hypervisor: Hypervisor, deployment_id: UUID, generation: int) -> dict[str, Any] | None:
    """The job, if it is this hypervisor's and still wanted; None otherwise, with no word on why.

    In a transaction. From here on the agent may change its machine.
    """
    lab_id = (
        Deployment.objects.filter(pk=deployment_id, parts__hypervisor=hypervisor)
        .values_list("lab_id", flat=True)
        .first()
    )
    if lab_id is None:
        return None
    lock(lab_id)
    part = (
        Part.objects.filter(
            deployment_id=deployment_id,
            hypervisor=hypervisor,
            generation=generation,
            state__in=TO_DO,
            deployment__state__in=OPEN,
        )
        .select_related("deployment__lab", "deployment__by", "hypervisor")
        .defer("operations", "refusals")
        .first()
    )
    if part is None:
        return None
    if part.fetched is None:
        now = timezone.now()
        if part.state == PartState.WAITING:
            move(part, PartState.PLANNING, fetched=now, note="")
        else:
            Part.objects.filter(pk=part.pk, generation=generation).update(fetched=now)
        announce(part.deployment)
    return job(part)


def job(part: Part) -> dict[str, Any]:
    """As it goes to the agent. The fingerprint binds an apply to the plan that a person saw;
    where none did, the agent's plan of the moment is as good."""
    deployment = part.deployment
    seen = part.phase != Phase.PLAN and not deployment.auto and not part.putting_back
    return {
        "lab": deployment.lab.tag,
        "deployment": str(deployment.pk),
        "generation": part.generation,
        "phase": part.phase,
        "fingerprint": part.fingerprint if seen else None,
        "putting_back": part.putting_back,
        "at_next_start": deployment.at_next_start,
        "resources": part.resources,
        "origins": part.origins,
    }
