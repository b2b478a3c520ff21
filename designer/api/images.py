"""The image library: list, upload piece by piece, delete; and the teams' quotas."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.images import ChoiceOut, ImageOut, UploadIn, UploadOut, UsageOut
from designer.deploy import copies, shares
from designer.images import access, describe, usage
from designer.images.actions.begin_upload import begin_upload
from designer.images.actions.cancel_upload import cancel_upload
from designer.images.actions.delete_image import delete_image
from designer.images.actions.finish_upload import finish_upload
from designer.images.actions.take_piece import LARGEST, received, take_piece
from designer.images.models import Image, Upload
from designer.labs import access as people
from designer.labs import quotas
from designer.labs.models import Team, User

router = Router(tags=["images"])


@router.get("/images", response={200: list[ImageOut], 401: Error}, operation_id="list_images")
def list_images(request: HttpRequest) -> list[dict[str, Any]]:
    """The libraries of the user's teams, with the labs that use each image and where it is."""
    user = user_of(request)
    return _shown(user, list(access.images_of(user)))


@router.delete(
    "/images/{uuid:image_id}",
    response={204: None, 404: Error, 409: Error},
    operation_id="delete_image",
)
def delete(request: HttpRequest, image_id: UUID) -> Status[None]:
    """Refused while a lab has it, naming the labs."""
    user = user_of(request)
    delete_image(access.image_for(user, image_id), user)
    return Status(204, None)


@router.post(
    "/images/uploads",
    response={201: UploadOut, 404: Error, 409: Error, 422: Error},
    operation_id="begin_upload",
)
def begin(request: HttpRequest, body: UploadIn) -> Status[dict[str, Any]]:
    """Refused here where there is no room for so much, or the name is taken."""
    user = user_of(request)
    upload = begin_upload(
        people.team_for(user, body.team),
        user,
        name=body.name,
        role=body.role,
        size=body.size,
        sha256=body.sha256,
        replaces=body.replaces,
    )
    return Status(201, _upload(upload, 0))


@router.get(
    "/images/uploads/{uuid:upload_id}",
    response={200: UploadOut, 404: Error},
    operation_id="get_upload",
)
def look(request: HttpRequest, upload_id: UUID) -> dict[str, Any]:
    """How much has come: go on from there after an interruption."""
    upload = access.upload_for(user_of(request), upload_id)
    return _upload(upload, received(upload))


@router.put(
    "/images/uploads/{uuid:upload_id}",
    response={200: UploadOut, 404: Error, 409: Error, 413: Error},
    operation_id="send_piece",
    openapi_extra={
        "requestBody": {
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
            "required": True,
        }
    },
)
def send(request: HttpRequest, upload_id: UUID, offset: int) -> dict[str, Any]:
    """The bytes from ``offset`` on, which is where the last piece ended (409 "offset" if not)."""
    upload = access.upload_for(user_of(request), upload_id)
    return _upload(upload, take_piece(upload, offset, request.body))


@router.post(
    "/images/uploads/{uuid:upload_id}/finish",
    response={201: ImageOut, 404: Error, 409: Error},
    operation_id="finish_upload",
)
def finish(request: HttpRequest, upload_id: UUID) -> Status[dict[str, Any]]:
    """Everything has come: it is checked, and becomes an image or is refused and gone."""
    user = user_of(request)
    image = finish_upload(access.upload_for(user, upload_id), user)
    return Status(201, _shown(user, [access.image_for(user, image.pk)])[0])


@router.delete(
    "/images/uploads/{uuid:upload_id}",
    response={204: None, 404: Error},
    operation_id="cancel_upload",
)
def cancel(request: HttpRequest, upload_id: UUID) -> Status[None]:
    """Nothing of it stays."""
    user = user_of(request)
    cancel_upload(access.upload_for(user, upload_id), user)
    return Status(204, None)


@router.get(
    "/labs/{uuid:lab_id}/images",
    response={200: list[ChoiceOut], 404: Error},
    operation_id="list_lab_images",
)
def of_lab(request: HttpRequest, lab_id: UUID) -> list[Image]:
    """What the lab's VMs can name: the library of its team, by name."""
    lab = people.lab_for(user_of(request), lab_id)
    return list(Image.objects.filter(team=lab.team_id).order_by("name"))


@router.get("/usage", response={200: list[UsageOut], 401: Error}, operation_id="list_usage")
def list_usage(request: HttpRequest) -> list[dict[str, Any]]:
    """How much of their quotas the user's teams have."""
    return [_usage(team) for team in people.teams_of(user_of(request))]


def _usage(team: Team) -> dict[str, Any]:
    limits, used = quotas.limits_of(team), asdict(shares.used_by_team(team))
    vms = {name: {"used": used[name], "limit": limit} for name, limit in asdict(limits.vms).items()}
    images = {"used": usage.held(team), "limit": limits.images}
    return {"team": team.pk, "name": team.name, **vms, "images": images}


def _shown(user: User, rows: list[Image]) -> list[dict[str, Any]]:
    where = copies.where(user, rows)
    return [{**one, "copied": where.get(one["sha256"], [])} for one in describe.images(rows)]


def _upload(upload: Upload, received: int) -> dict[str, Any]:
    return {**describe.upload(upload, received), "piece": LARGEST}
