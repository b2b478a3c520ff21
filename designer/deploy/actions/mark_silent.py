"""A hypervisor has not been heard of: what it last said counts no more."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from designer.deploy import statuses
from designer.deploy.announce import announce, announce_hypervisors, labs_near
from designer.deploy.locks import lock_several
from designer.deploy.models import Deployment, Hypervisor, LabStatus
from designer.deploy.models.deployment import OPEN
from designer.labs.models import Lab


def mark_silent(hypervisor: Hypervisor) -> bool:
    """Show everything of it as unknown, with its age, until it speaks again. False: it was marked
    already, or has spoken meanwhile."""
    with transaction.atomic():
        won = Hypervisor.objects.filter(
            pk=hypervisor.pk, silent=False, last_seen=hypervisor.last_seen
        ).update(silent=True, session=None)
        if won != 1:
            return False
        since = hypervisor.last_seen or hypervisor.created
        waiting = list(
            Deployment.objects.filter(parts__hypervisor=hypervisor, state__in=OPEN)
            .select_related("lab", "by")
            .order_by("lab_id")
        )
        told = LabStatus.objects.filter(hypervisor=hypervisor).values_list("lab_id", flat=True)
        labs = lock_several(
            [*labs_near(hypervisor), *told.distinct(), *(one.lab_id for one in waiting)]
        )
        for lab in labs.values():
            _forget_certainty(lab, hypervisor, since)
        for deployment in waiting:
            announce(deployment)
        announce_hypervisors(labs.values())
    return True


def _forget_certainty(lab: Lab, hypervisor: Hypervisor, since: datetime) -> None:
    told = {
        row.ref: {
            "state": "unknown",
            "detail": f"{hypervisor.name} has not been heard of since "
            f"{since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC; then it was {row.state}.",
            "facts": row.facts,
        }
        for row in LabStatus.objects.filter(lab=lab, hypervisor=hypervisor)
        if row.state != "unknown"
    }
    statuses.write(lab, hypervisor, told, since)
