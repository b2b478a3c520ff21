"""Edits as a browser would make them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from designer.labs import documents
from designer.labs.actions.edit_lab import Edited, edit_lab
from designer.labs.models import Lab, User
from designer.topology import document
from designer.topology.design import Design


def changed(table: str, id: str, field: str, old: Any, new: Any) -> dict[str, Any]:
    return {table: {"changed": {id: {field: [old, new]}}}}


def head_of(lab: Lab) -> Design:
    """Read from the text that is stored, never from what is kept in memory."""
    fresh = Lab.objects.select_related("head").get(pk=lab.pk)
    return document.read(json.loads(fresh.head.document))


def do(lab: Lab, author: User, edit: Any, *, base: int = 0, edit_id: str = "") -> Edited:
    return edit_lab(lab, author=author, edit_id=edit_id or uuid4().hex, base=base, edit=edit)


def forget() -> None:
    """What a new server process would know: nothing."""
    documents._cache.clear()
