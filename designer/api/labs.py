"""Labs: list, make, look at, rename, delete, and their documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from designer import files
from designer.api.asking import user_of
from designer.api.schemas.common import Error, Format
from designer.api.schemas.labs import DocumentIn, EditedOut, LabIn, LabOut, LabPatch
from designer.deploy.models import Footprint
from designer.labs import access, documents
from designer.labs.actions.create_lab import create_from_template, create_from_text, create_lab
from designer.labs.actions.delete_lab import delete_lab
from designer.labs.actions.edit_lab import Edited
from designer.labs.actions.rename_lab import rename_lab
from designer.labs.actions.replace_document import replace_document
from designer.labs.models import Lab, Membership, User

router = Router(tags=["labs"])


@router.get("/labs", response={200: list[LabOut], 401: Error}, operation_id="list_labs")
def list_labs(request: HttpRequest) -> list[dict[str, Any]]:
    """The labs of the user's teams, by name."""
    user = user_of(request)
    roles = dict(Membership.objects.filter(user=user).values_list("team_id", "role"))
    return [_out(lab, roles[lab.team_id]) for lab in _labs(user)]


@router.post("/labs", response={201: LabOut, 404: Error, 422: Error}, operation_id="create_lab")
def create(request: HttpRequest, body: LabIn) -> Status[dict[str, Any]]:
    """Empty, of a template, or of a design file's text."""
    user = user_of(request)
    team = access.team_for(user, body.team)
    if body.template is not None:
        lab = create_from_template(team, name=body.name, author=user, slug=body.template)
    elif body.text is not None:
        lab = create_from_text(team, name=body.name, author=user, text=body.text)
    else:
        lab = create_lab(team, name=body.name, author=user)
    return Status(201, _shown(user, lab.pk))


@router.get("/labs/{uuid:lab_id}", response={200: LabOut, 404: Error}, operation_id="get_lab")
def get(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    return _shown(user_of(request), lab_id)


@router.patch(
    "/labs/{uuid:lab_id}", response={200: LabOut, 404: Error, 422: Error}, operation_id="rename_lab"
)
def rename(request: HttpRequest, lab_id: UUID, body: LabPatch) -> dict[str, Any]:
    user = user_of(request)
    lab = access.lab_for(user, lab_id)
    rename_lab(lab, author=user, name=body.name, description=body.description)
    return _shown(user, lab_id)


@router.delete(
    "/labs/{uuid:lab_id}", response={204: None, 404: Error, 409: Error}, operation_id="delete_lab"
)
def delete(request: HttpRequest, lab_id: UUID) -> Status[None]:
    """Refused while anything of it stands on a hypervisor."""
    user = user_of(request)
    delete_lab(access.lab_for(user, lab_id), author=user)
    return Status(204, None)


@router.get(
    "/labs/{uuid:lab_id}/document",
    response={200: None, 404: Error},
    operation_id="get_document",
    openapi_extra={
        "responses": {
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        }
    },
)
def get_document(request: HttpRequest, lab_id: UUID, format: Format = "yaml") -> HttpResponse:
    """The design as a file."""
    lab = access.lab_for(user_of(request), lab_id)
    design = documents.of(lab).design
    text = files.dump_json(design) if format == "json" else files.dump_yaml(design)
    kind = "application/json" if format == "json" else "application/yaml"
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lab-{lab.tag}.{format}"'
    return response


@router.put(
    "/labs/{uuid:lab_id}/document",
    response={200: EditedOut, 404: Error, 409: Error, 422: Error},
    operation_id="replace_document",
)
def put_document(request: HttpRequest, lab_id: UUID, body: DocumentIn) -> Edited:
    """The file takes the design's place, by an edit against the revision that it started from."""
    user = user_of(request)
    lab = access.lab_for(user, lab_id)
    return replace_document(lab, author=user, text=body.text, base=body.base, client=body.client)


def _labs(user: User) -> QuerySet[Lab]:
    stands = Footprint.objects.filter(lab=OuterRef("pk"))
    return access.labs_of(user).annotate(deployed=Exists(stands))


def _shown(user: User, lab_id: UUID) -> dict[str, Any]:
    team_id = access.lab_for(user, lab_id).team_id
    role = Membership.objects.values_list("role", flat=True).get(user=user, team=team_id)
    return _out(_labs(user).get(pk=lab_id), role)


def _out(lab: Any, role: str) -> dict[str, Any]:
    return {
        "id": lab.pk,
        "tag": lab.tag,
        "name": lab.name,
        "description": lab.description,
        "team": lab.team.name,
        "team_id": lab.team_id,
        "role": role,
        "revision": lab.revision,
        "created": lab.created,
        "changed": lab.changed,
        "deployed": lab.deployed,
    }
