"""Run the drawn checks of a lab now."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from designer.deploy import checking
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock
from designer.deploy.models import CheckRun, Deployment, Footprint, State
from designer.labs import audit, documents
from designer.labs.errors import NotFound
from designer.labs.models import Lab, User


def start_checks(lab: Lab, by: User | None, ids: Sequence[str] | None = None) -> CheckRun:
    """Of these checks, or of all. Raises :class:`NotFound` for a check that is not drawn, and
    :class:`Conflict` where there is nothing that could answer."""
    with transaction.atomic():
        lock(lab.pk)
        lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
        drawn = documents.of(lab).design.checks
        if not drawn:
            raise Conflict("no-checks", "No checks are drawn. Draw one, then run it.")
        for id in ids or ():
            if id not in drawn:
                raise NotFound(f"check {id!r}")
        if not Footprint.objects.filter(lab=lab, generation__gt=0).exists():
            raise Conflict("not-deployed", "The lab is not deployed. Deploy it, then run checks.")
        if Deployment.objects.filter(lab=lab, state=State.APPLYING).exists():
            raise Conflict("deploying", "A deployment is under way. Its end runs the checks.")
        run = checking.begin(lab, by, ids)
        if run is None:
            raise Conflict("no-checks", "None of these checks can be run. Deploy the lab first.")
        audit.record(by, "checks.start", lab, run=str(run.pk), checks=list(ids or ()) or "all")
    return run
