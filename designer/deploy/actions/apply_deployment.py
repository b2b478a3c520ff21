"""Carry out a plan that a person has seen."""

from __future__ import annotations

from django.db import transaction

from designer.deploy import acting, carrying, placements
from designer.deploy.announce import announce
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock
from designer.deploy.models import Deployment, Kind, State
from designer.labs import audit
from designer.labs.models import User


def apply_deployment(deployment: Deployment, by: User | None) -> Deployment:
    """Raises :class:`Conflict` where the plan is not ready, or is not of the design and placement
    of now ("stale-plan")."""
    with transaction.atomic():
        lab = lock(deployment.lab_id)
        deployment = Deployment.objects.select_related("lab", "by").get(pk=deployment.pk)
        if deployment.state != State.PLANNED or deployment.draft:
            raise Conflict("not-planned", _why_not(deployment))
        if deployment.kind != Kind.DESTROY:
            acting.require_none_holding(lab)
            if deployment.revision != lab.revision:
                raise Conflict(
                    "stale-plan",
                    f"Stale plan: it was made from revision {deployment.revision}, and the design "
                    f"is at revision {lab.revision} by now. Plan again.",
                )
            now = {host: str(one) for host, one in placements.placed(lab).items()}
            if any(now.get(host) != one for host, one in deployment.placement.items()):
                raise Conflict(
                    "stale-plan",
                    "Stale plan: hosts were placed elsewhere since it was made. Plan again.",
                )
            Deployment.objects.filter(pk=deployment.pk).update(kind=Kind.DEPLOY)
            deployment.kind = Kind.DEPLOY
        audit.record(by, "deployment.apply", f"deployment/{deployment.pk}")
        carrying.start_applying(deployment)
        announce(deployment)
    return deployment


def _why_not(deployment: Deployment) -> str:
    if deployment.draft:
        return "It is the plan of a file, not of the lab's design. Deploy the file instead."
    if deployment.state == State.PLANNING:
        return "The plan is not ready yet. Wait until every hypervisor has answered."
    return f"The deployment is {deployment.state}; only a finished plan can be applied."
