"""Edits and revisions of a lab's design."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.labs import EditedOut, EditIn, RevisionOut
from designer.labs import access
from designer.labs.actions.edit_lab import Edited, edit_lab
from designer.labs.actions.restore_revision import restore_revision
from designer.labs.models import Revision

router = Router(tags=["revisions"])
MOST_LISTED = 200


@router.post(
    "/labs/{uuid:lab_id}/edits",
    response={200: EditedOut, 404: Error, 409: Error, 422: Error},
    operation_id="edit_lab",
)
def edit(request: HttpRequest, lab_id: UUID, body: EditIn) -> Edited:
    """Applies an edit, field by field. The same edit_id again gets the same answer."""
    user = user_of(request)
    return edit_lab(
        access.lab_for(user, lab_id),
        author=user,
        edit_id=body.edit_id,
        base=body.base,
        edit=body.edit,
        client=body.client,
    )


@router.get(
    "/labs/{uuid:lab_id}/revisions",
    response={200: list[RevisionOut], 404: Error},
    operation_id="list_revisions",
)
def list_revisions(
    request: HttpRequest,
    lab_id: UUID,
    before: int | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 50,
) -> list[dict[str, Any]]:
    """The newest first; only those before one, where given."""
    lab = access.lab_for(user_of(request), lab_id)
    found = Revision.objects.filter(lab=lab).select_related("author").order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    return [_out(revision) for revision in found.defer("document")[:limit]]


@router.post(
    "/labs/{uuid:lab_id}/revisions/{int:number}/restore",
    response={200: EditedOut, 404: Error, 409: Error},
    operation_id="restore_revision",
)
def restore(request: HttpRequest, lab_id: UUID, number: int) -> Edited:
    """Makes a new revision that stands where the old one stood."""
    user = user_of(request)
    return restore_revision(access.lab_for(user, lab_id), author=user, number=number)


def _out(revision: Revision) -> dict[str, Any]:
    author = revision.author
    parts = list(revision.edit.values())
    return {
        "number": revision.number,
        "summary": revision.summary,
        "author": None if author is None else {"id": author.pk, "name": author.shown_name},
        "at": revision.at,
        **{
            what: sum(len(part.get(what, {})) for part in parts)
            for what in ("added", "changed", "removed")
        },
    }
