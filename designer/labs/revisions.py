"""The history of a design: whole documents now and then, edits between."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from designer.labs.errors import NotFound
from designer.labs.models import Lab, Revision
from designer.topology import document, edits
from designer.topology.design import Design

SNAPSHOT_EVERY = 50


def design_at(lab: Lab, number: int) -> Design:
    """The design as it was at a revision, under the lab's present name."""
    history = Revision.objects.filter(lab=lab, number__lte=number)
    start = history.filter(document__isnull=False).order_by("-number").first()
    if start is None or not Revision.objects.filter(lab=lab, number=number).exists():
        raise NotFound("revision")
    assert start.document is not None
    design = document.read(json.loads(start.document))
    steps = history.filter(number__gt=start.number).order_by("number")
    for edit in steps.values_list("edit", flat=True).iterator():
        design = edits.apply(design, edit)
    return dataclasses.replace(design, name=lab.name, description=lab.description)


def normalised(before: Design, after: Design, edit: edits.Edit) -> edits.Edit:
    """The edit as it took effect: what stood there before, what stands there now, as the server
    reads it (addresses canonical, defaults filled in). Looks at the edit's own records only."""
    effect: dict[str, dict[str, dict[str, Any]]] = {}
    for table, parts in edit.items():
        old, new = before.table(table), after.table(table)
        touched = [id for part in ("removed", "changed", "added") for id in parts.get(part, {})]
        added, changed, removed = {}, {}, {}
        for id in dict.fromkeys(touched):
            was = old[id].values(defaults=True) if id in old else None
            now = new[id].values(defaults=True) if id in new else None
            if was is None or now is None or was.get("kind") != now.get("kind"):
                if was is not None:
                    removed[id] = was
                if now is not None:
                    added[id] = now
            elif was != now:
                changed[id] = {
                    field: [was[field], now[field]] for field in now if was[field] != now[field]
                }
        parts_now = {"added": added, "changed": changed, "removed": removed}
        if any(parts_now.values()):
            effect[table] = parts_now
    return effect
