"""Apply an edit to a lab's design: field by field, in order, told to everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from designer.labs import audit, documents, events
from designer.labs.errors import NotFound
from designer.labs.models import Head, Lab, Revision, User
from designer.labs.revisions import SNAPSHOT_EVERY, normalised
from designer.topology import document, edits
from designer.topology.design import TABLES, Design
from designer.topology.problems import InvalidDocument, Problem

followers: list[Callable[[Lab, edits.Edit], None]] = []
"""What other rooms do about an edit, in its transaction; they know this one, not it them."""

EDIT_ID = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")
TRIES = 5


@dataclass(frozen=True, slots=True)
class Edited:
    """An accepted edit: the revision that it made, and what the rules say of the design now."""

    revision: int
    edit: edits.Edit
    findings: list[dict[str, Any]]


class _Overtaken(Exception):
    """Another edit was accepted between our reading and our writing."""


def edit_lab(
    lab: Lab,
    *,
    author: User | None,
    edit_id: str,
    base: int,
    edit: Any,
    client: str = "",
    summary: str = "",
) -> Edited:
    """Raises :class:`InvalidDocument` where the edit or its result is no design, and
    :class:`~designer.topology.edits.Stale` where it meets what others changed. The same
    ``edit_id`` again gets the first answer again and changes nothing.

    Worked out without a lock and written by compare-and-set, so that a large design does not hold
    up the others; only where that is overtaken again and again is the lab locked first.
    """
    _check_call(edit_id, edit)
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        with transaction.atomic() if last else nullcontext(), suppress(_Overtaken):
            if last:
                Lab.objects.select_for_update().filter(pk=lab.pk).first()
            head = Lab.objects.select_related("head").filter(pk=lab.pk).first()
            if head is None:
                raise NotFound
            return _apply(head, author, edit_id, base, edit, client, summary)
    raise AssertionError("a locked lab cannot be overtaken")


def _apply(
    head: Lab,
    author: User | None,
    edit_id: str,
    base: int,
    edit: edits.Edit,
    client: str,
    summary: str,
) -> Edited:
    standing = documents.of(head)
    before = standing.design
    repeated = Revision.objects.filter(lab=head, edit_id=edit_id).first()
    if repeated is not None:
        return Edited(repeated.number, repeated.edit, standing.findings)
    if not 0 <= base <= head.revision:
        message = f"There is no revision {base} to base an edit on."
        raise InvalidDocument([Problem("revision", "/base", message, f"0 to {head.revision}")])
    after = edits.apply(before, edit)
    _check_size(after)
    kept = documents.remember(after, standing)
    effect = normalised(before, after, edit)
    number = head.revision + 1
    findings = kept.findings
    with transaction.atomic():
        won = Lab.objects.filter(pk=head.pk, revision=head.revision).update(
            revision=number, changed=timezone.now()
        )
        if won != 1:
            raise _Overtaken
        Head.objects.filter(lab=head).update(document=kept.text)
        Revision.objects.create(
            lab=head,
            number=number,
            edit=effect,
            edit_id=edit_id,
            summary=summary,
            document=kept.text if number % SNAPSHOT_EVERY == 0 else None,
            author=author,
        )
        audit.record(author, "edit", head, revision=number)
        events.emit(head, _event(number, effect, edit_id, author, client, findings))
        for follow in followers:
            follow(head, effect)
    return Edited(number, effect, findings)


def _event(
    number: int,
    effect: edits.Edit,
    edit_id: str,
    author: User | None,
    client: str,
    findings: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "kind": "edited",
        "revision": number,
        "edit": effect,
        "edit_id": edit_id,
        "author": None if author is None else {"id": author.pk, "name": author.shown_name},
        "client": client or None,
        "findings": findings,
    }


def _check_call(edit_id: str, edit: Any) -> None:
    if not EDIT_ID.fullmatch(edit_id):
        message = f"{edit_id[:80]!r} is no id of an edit."
        allowed = "1 to 64 of A-Z a-z 0-9 . _ : -"
        raise InvalidDocument([Problem("edit-id", "/edit_id", message, allowed)])
    if edit == {}:
        raise InvalidDocument([Problem("edit", "", "The edit changes nothing.", "a change")])


def _check_size(design: Design) -> None:
    records = sum(len(design.table(table)) for table in TABLES)
    if records > document.MOST_RECORDS:
        message = f"The design would have {records} records."
        allowed = f"at most {document.MOST_RECORDS}"
        raise InvalidDocument([Problem("too-large", "", message, allowed)])
