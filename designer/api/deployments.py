"""Deployments and placements of a lab."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.deployments import (
    DeploymentIn,
    DeploymentOut,
    OperationsOut,
    PlacementIn,
    PlacementOut,
)
from designer.deploy import describe, placements
from designer.deploy.access import deployment_for
from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.cancel_deployment import cancel_deployment
from designer.deploy.actions.place import place
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Deployment, Part
from designer.labs import access
from designer.labs.errors import NotFound
from designer.labs.models import Lab

router = Router(tags=["deployments"])


@router.get(
    "/labs/{uuid:lab_id}/placement",
    response={200: PlacementOut, 404: Error},
    operation_id="get_placement",
)
def get_placement(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    """Where each host of the design goes."""
    return _placement(access.lab_for(user_of(request), lab_id))


@router.put(
    "/labs/{uuid:lab_id}/placement",
    response={200: PlacementOut, 404: Error, 409: Error, 422: Error},
    operation_id="put_placement",
)
def put_placement(request: HttpRequest, lab_id: UUID, body: PlacementIn) -> dict[str, Any]:
    """Place hosts. What stands already moves at the next deploy."""
    user = user_of(request)
    lab = access.lab_for(user, lab_id)
    place(lab, user, body.placement)
    return _placement(lab)


@router.get(
    "/labs/{uuid:lab_id}/deployments",
    response={200: list[DeploymentOut], 404: Error},
    operation_id="list_deployments",
)
def list_deployments(request: HttpRequest, lab_id: UUID) -> list[dict[str, Any]]:
    """The last 50, newest first."""
    lab = access.lab_for(user_of(request), lab_id)
    rows = Deployment.objects.filter(lab=lab).select_related("by").order_by("-generation")
    return [describe.deployment(one) for one in rows[:50]]


@router.post(
    "/labs/{uuid:lab_id}/deployments",
    response={201: DeploymentOut, 404: Error, 409: Error, 422: Error},
    operation_id="start_deployment",
)
def start(request: HttpRequest, lab_id: UUID, body: DeploymentIn) -> Status[dict[str, Any]]:
    """Refused with every finding, or because something else goes on; then nothing has begun."""
    user = user_of(request)
    lab = access.lab_for(user, lab_id)
    deployment = start_deployment(
        lab,
        user,
        kind=body.kind,
        auto=body.auto,
        despite_preflight=body.despite_preflight,
        over_management=body.over_management,
        with_restarts=body.with_restarts,
        at_next_start=body.at_next_start,
    )
    return Status(201, describe.deployment(deployment))


@router.get(
    "/deployments/{uuid:deployment_id}",
    response={200: DeploymentOut, 404: Error},
    operation_id="get_deployment",
)
def get(request: HttpRequest, deployment_id: UUID) -> dict[str, Any]:
    return describe.deployment(deployment_for(user_of(request), deployment_id))


@router.post(
    "/deployments/{uuid:deployment_id}/apply",
    response={200: DeploymentOut, 404: Error, 409: Error},
    operation_id="apply_deployment",
)
def apply(request: HttpRequest, deployment_id: UUID) -> dict[str, Any]:
    """Carry out the plan that was shown, unless design, placement or machine have moved on."""
    user = user_of(request)
    return describe.deployment(apply_deployment(deployment_for(user, deployment_id), user))


@router.post(
    "/deployments/{uuid:deployment_id}/cancel",
    response={200: DeploymentOut, 404: Error, 409: Error},
    operation_id="cancel_deployment",
)
def cancel(request: HttpRequest, deployment_id: UUID) -> dict[str, Any]:
    """Stop it, and put back what it has done so far."""
    user = user_of(request)
    return describe.deployment(cancel_deployment(deployment_for(user, deployment_id), user))


@router.get(
    "/deployments/{uuid:deployment_id}/parts/{uuid:hypervisor_id}/operations",
    response={200: OperationsOut, 404: Error, 422: Error},
    operation_id="list_operations",
)
def operations(
    request: HttpRequest,
    deployment_id: UUID,
    hypervisor_id: UUID,
    offset: Annotated[int, Field(ge=0)] = 0,
    limit: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """The plan of one hypervisor, page by page."""
    deployment = deployment_for(user_of(request), deployment_id)
    part = Part.objects.filter(deployment=deployment, hypervisor_id=hypervisor_id).first()
    if part is None:
        raise NotFound("part")
    return {
        "total": part.operations_count,
        "offset": offset,
        "operations": part.operations[offset : offset + limit],
        "refusals": part.refusals,
    }


def _placement(lab: Lab) -> dict[str, Any]:
    return {"placement": placements.shown(lab), "chosen": sorted(placements.placed(lab))}
