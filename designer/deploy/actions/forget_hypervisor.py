"""Take a hypervisor out that will not come back."""

from __future__ import annotations

from django.db import transaction

from designer.deploy import broker, carrying
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock_several
from designer.deploy.models import Deployment, Footprint, Hypervisor
from designer.deploy.models.deployment import OPEN
from designer.deploy.push import hypervisors_changed, push_on_commit
from designer.labs import audit
from designer.labs.models import User


def forget_hypervisor(hypervisor: Hypervisor, by: User | None, *, force: bool = False) -> None:
    """Raises :class:`Conflict` while labs stand on it, unless forced: then what stands there is
    nobody's any more, and has to be removed by hand."""
    with transaction.atomic():
        footprints = Footprint.objects.filter(hypervisor=hypervisor)
        count = footprints.count()
        if count and not force:
            raise Conflict(
                "deployed",
                f"{count} labs stand on {hypervisor.name}. Destroy them first, or force it if the "
                "machine is gone for good.",
            )
        waiting = list(
            Deployment.objects.filter(parts__hypervisor=hypervisor, state__in=OPEN)
            .select_related("lab", "by")
            .order_by("lab_id")
        )
        lock_several(one.lab_id for one in waiting)
        footprints.delete()
        audit.record(
            by, "hypervisor.forget", f"hypervisor/{hypervisor.pk}", name=hypervisor.name, labs=count
        )
        push_on_commit(hypervisor.pk, {"type": "session", "session": None})
        broker.dismiss(hypervisor)
        hypervisor.delete()
        hypervisors_changed()
        for deployment in waiting:  # which wait for it no longer
            carrying.go_on(deployment)
