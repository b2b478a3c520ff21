"""Put a whole design in the place of a lab's own: by an edit, like every change."""

from __future__ import annotations

import uuid

from django.db import transaction

from designer import files
from designer.labs import documents
from designer.labs.actions.edit_lab import Edited, edit_lab
from designer.labs.actions.rename_lab import rename_lab
from designer.labs.models import Lab, User
from designer.labs.revisions import design_at
from designer.topology import edits
from designer.topology.design import Design


def replace_document(
    lab: Lab, *, author: User | None, text: str, base: int, client: str = ""
) -> Edited:
    """The difference between the file and the revision that it was written from is applied as an
    edit, so that what others changed elsewhere meanwhile stays, and a clash is told as one."""
    return replace_design(
        lab, author=author, design=files.load(text), base=base, client=client, summary="From a file"
    )


@transaction.atomic
def replace_design(
    lab: Lab,
    *,
    author: User | None,
    design: Design,
    base: int,
    client: str = "",
    summary: str = "",
) -> Edited:
    """As :func:`replace_document`, of a design that was read already. A design that is the same
    makes no revision."""
    edit = edits.between(design_at(lab, base), design)
    if edit:
        edited = edit_lab(
            lab,
            author=author,
            edit_id=uuid.uuid4().hex,
            base=base,
            edit=edit,
            client=client,
            summary=summary,
        )
    else:
        head = Lab.objects.select_related("head").get(pk=lab.pk)
        edited = Edited(head.revision, {}, documents.of(head).findings)
    rename_lab(lab, author=author, name=design.name or None, description=design.description)
    return edited
