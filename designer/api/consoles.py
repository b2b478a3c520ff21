"""Consoles of VMs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.consoles import ConsoleIn, ConsoleOut
from designer.deploy import consoles
from designer.deploy.actions.ask_console import ask_console
from designer.labs import access

router = Router(tags=["consoles"])


@router.post(
    "/labs/{uuid:lab_id}/vms/{node}/console",
    response={201: ConsoleOut, 404: Error, 409: Error, 422: Error},
    operation_id="ask_console",
)
def ask(request: HttpRequest, lab_id: UUID, node: str, body: ConsoleIn) -> Status[dict[str, Any]]:
    """A token for one console of one VM. The socket it opens says what becomes of it."""
    user = user_of(request)
    token = ask_console(
        access.lab_for(user, lab_id),
        user,
        node,
        body.kind,
        session=request.session.session_key or "",
        force=body.force,
    )
    path = f"/ws/labs/{lab_id}/console"
    return Status(201, {"token": token, "seconds": consoles.TICKET_LIVES, "path": path})
