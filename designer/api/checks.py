"""Checks and preflights of a lab, asked for and looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from designer.api.asking import user_of
from designer.api.schemas.checks import CheckRunOut, ChecksIn, ProbeRunOut
from designer.api.schemas.common import Error
from designer.deploy import describe
from designer.deploy.actions.start_checks import start_checks
from designer.deploy.actions.start_preflight import start_preflight
from designer.deploy.models import CheckRun, ProbeRun, ProbeRunState
from designer.labs import access
from designer.labs.errors import NotFound

router = Router(tags=["checks"])


@router.post(
    "/labs/{uuid:lab_id}/checks",
    response={201: CheckRunOut, 404: Error, 409: Error, 422: Error},
    operation_id="start_checks",
)
def check(
    request: HttpRequest, lab_id: UUID, body: ChecksIn | None = None
) -> Status[dict[str, Any]]:
    """Run the drawn checks now. What comes out are statuses of the checks."""
    user = user_of(request)
    run = start_checks(access.lab_for(user, lab_id), user, body.ids if body else None)
    return Status(201, describe.check_run(run))


@router.get(
    "/labs/{uuid:lab_id}/checks",
    response={200: CheckRunOut, 404: Error},
    operation_id="get_checks",
)
def last_checks(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    """The last run of checks, with its results so far."""
    lab = access.lab_for(user_of(request), lab_id)
    run = CheckRun.objects.filter(lab=lab).select_related("by").order_by("-created").first()
    if run is None:
        raise NotFound("check run")
    return describe.check_run(run)


@router.post(
    "/labs/{uuid:lab_id}/preflight",
    response={201: ProbeRunOut, 404: Error, 409: Error, 422: Error},
    operation_id="start_preflight",
)
def preflight(request: HttpRequest, lab_id: UUID) -> Status[dict[str, Any]]:
    """Let the hypervisors try what passes between them. Nothing is changed there."""
    user = user_of(request)
    return Status(201, describe.probe_run(start_preflight(access.lab_for(user, lab_id), user)))


@router.get(
    "/labs/{uuid:lab_id}/preflight",
    response={200: ProbeRunOut, 404: Error},
    operation_id="get_preflight",
)
def last_preflight(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    """The last preflight, with or without a deployment."""
    lab = access.lab_for(user_of(request), lab_id)
    runs = ProbeRun.objects.filter(lab=lab).exclude(state=ProbeRunState.WAITING)
    run = runs.select_related("by").order_by("-created").first()
    if run is None:
        raise NotFound("preflight")
    return describe.probe_run(run)
