"""Telling everyone who looks at a lab."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from designer.deploy import describe
from designer.deploy.access import hypervisors_of
from designer.deploy.models import Deployment, Hypervisor
from designer.deploy.push import hypervisors_changed
from designer.labs import events
from designer.labs.models import Lab


def announce(deployment: Deployment) -> None:
    """Emit the deployment as it stands now. In the transaction that changed it. A draft's plan
    is for the one who asked for it alone."""
    if deployment.draft:
        return
    events.emit(
        deployment.lab, {"kind": "deployment", "deployment": describe.deployment(deployment)}
    )


def labs_near(hypervisor: Hypervisor) -> list[UUID]:
    """The labs that have to do with a hypervisor: placed on it, or standing there."""
    near = Q(placements__hypervisor=hypervisor) | Q(footprints__hypervisor=hypervisor)
    return list(Lab.objects.filter(near).distinct().values_list("pk", flat=True))


def announce_hypervisors(labs: Iterable[Lab]) -> None:
    """Emit the hypervisors of these labs as they are now. Under the labs' locks. Other labs that
    somebody looks at are told by whoever knows of them."""
    hypervisors_changed()
    for lab in labs:
        shown = [describe.hypervisor(one) for one in hypervisors_of(lab.team)]
        events.emit(lab, {"kind": "hypervisors", "hypervisors": shown})
