"""Go back to an earlier revision: by a new one, so that nothing is lost."""

from __future__ import annotations

import uuid

from designer.labs import documents
from designer.labs.actions.edit_lab import Edited, edit_lab
from designer.labs.errors import NotFound
from designer.labs.models import Lab, User
from designer.labs.revisions import design_at
from designer.topology import edits


def restore_revision(lab: Lab, *, author: User | None, number: int, client: str = "") -> Edited:
    """Raises :class:`NotFound` for a revision that was never made, and Stale where someone edits
    at the same moment."""
    head = Lab.objects.select_related("head").filter(pk=lab.pk).first()
    if head is None:
        raise NotFound
    kept = documents.of(head)
    edit = edits.between(kept.design, design_at(head, number))
    if not edit:
        return Edited(head.revision, {}, kept.findings)
    return edit_lab(
        lab,
        author=author,
        edit_id=uuid.uuid4().hex,
        base=head.revision,
        edit=edit,
        client=client,
        summary=f"Back to revision {number}",
    )
