"""Actions on VMs of a lab, asked for and looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.vms import VmActionIn, VmActionOut, VmsActionIn, VmsActionOut
from designer.deploy import describe
from designer.deploy.actions.act_on_vm import act_on_vm, act_on_vms
from designer.deploy.models import VmAction
from designer.labs import access

router = Router(tags=["VMs"])

LATEST = 20


@router.post(
    "/labs/{uuid:lab_id}/vms/actions",
    response={201: VmsActionOut, 404: Error, 409: Error, 422: Error},
    operation_id="act_on_vms",
)
def act_on_several(request: HttpRequest, lab_id: UUID, body: VmsActionIn) -> Status[dict[str, Any]]:
    """Start all, shut all down, and so on: each VM by itself."""
    user = user_of(request)
    begun, left_out = act_on_vms(access.lab_for(user, lab_id), user, body.action, body.nodes)
    told = {"actions": [describe.vm_action(one) for one in begun], "left_out": left_out}
    return Status(201, told)


@router.post(
    "/labs/{uuid:lab_id}/vms/{node}/actions",
    response={201: VmActionOut, 404: Error, 409: Error, 422: Error},
    operation_id="act_on_vm",
)
def act(request: HttpRequest, lab_id: UUID, node: str, body: VmActionIn) -> Status[dict[str, Any]]:
    """Start it, shut it down, pause it, take a snapshot and so on, now. What becomes of it is told
    over the lab's socket, and by the list."""
    user = user_of(request)
    lab = access.lab_for(user, lab_id)
    made = act_on_vm(
        lab, user, node, body.action, snapshot=body.snapshot or "", clone=body.clone or ""
    )
    return Status(201, describe.vm_action(made))


@router.get(
    "/labs/{uuid:lab_id}/vms/{node}/actions",
    response={200: list[VmActionOut], 404: Error},
    operation_id="list_vm_actions",
)
def latest(request: HttpRequest, lab_id: UUID, node: str) -> list[dict[str, Any]]:
    """The last 20, newest first."""
    lab = access.lab_for(user_of(request), lab_id)
    rows = VmAction.objects.filter(lab=lab, node=node).select_related("hypervisor", "by")
    return [describe.vm_action(one) for one in rows.order_by("-created")[:LATEST]]
