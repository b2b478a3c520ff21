"""Try what passes between the hypervisors of a lab, without deploying anything."""

from __future__ import annotations

from django.db import transaction

from designer.deploy import probing
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock
from designer.deploy.models import ProbeRun, ProbeRunState
from designer.deploy.preparation import prepare
from designer.labs import audit
from designer.labs.models import Lab, User


def start_preflight(lab: Lab, by: User | None) -> ProbeRun:
    """One that goes on already is answered again. Raises :class:`NotDeployable` for a design that
    cannot be deployed, and :class:`Conflict` where no segment lies between hypervisors."""
    prepared = prepare(lab)
    if not prepared.probes:
        raise Conflict(
            "no-segment",
            "There is nothing to try: no segment of the design lies between two hypervisors.",
        )
    with transaction.atomic():
        lab = lock(lab.pk)
        running = ProbeRun.objects.filter(lab=lab, state=ProbeRunState.RUNNING)
        if (same := running.select_related("by").order_by("-created").first()) is not None:
            return same
        run = probing.make(lab, by, prepared.probes, None)
        probing.begin(run)
        audit.record(by, "preflight.start", lab, run=str(run.pk))
    return run
