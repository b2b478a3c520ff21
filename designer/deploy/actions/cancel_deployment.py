"""Stop a deployment, and put back what it has done so far."""

from __future__ import annotations

from django.db import transaction

from designer.deploy import carrying
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock
from designer.deploy.models import Deployment, Kind, State
from designer.labs import audit
from designer.labs.models import User


def cancel_deployment(deployment: Deployment, by: User | None) -> Deployment:
    """Cancelling twice is the same as once. Raises :class:`Conflict` where it is too late."""
    with transaction.atomic():
        lock(deployment.lab_id)
        deployment = Deployment.objects.select_related("lab", "by").get(pk=deployment.pk)
        if State.CANCELLED in (deployment.state, deployment.ending):
            return deployment
        if not deployment.is_open:
            raise Conflict("ended", f"The deployment is {deployment.state} already.")
        who = by.shown_name if by else "the command line"
        audit.record(by, "deployment.cancel", f"deployment/{deployment.pk}")
        if deployment.state != State.APPLYING:
            carrying.abandon(deployment, f"Cancelled by {who}; nothing was changed.", by)
        elif deployment.ending:
            raise Conflict("failing", "It has failed and is being put back. Wait for the end.")
        elif deployment.kind == Kind.DESTROY:
            # What is gone stays gone; hypervisors that have not begun are left as they are.
            carrying.leave_unreached(deployment, f"Cancelled by {who}.")
            carrying.go_on(deployment)
        else:
            carrying.put_back(deployment, State.CANCELLED, f"Cancelled by {who}.")
            carrying.go_on(deployment)
    return deployment
