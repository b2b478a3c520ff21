"""Move, resize, collapse, colour: change how records are drawn."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from designer.labs import audit, events
from designer.labs.errors import NotFound
from designer.labs.looks import Patch, merged, read_patch
from designer.labs.models import Lab, Look, User
from designer.topology.problems import InvalidDocument, Problem

MOST_LOOKS = 200_000


@transaction.atomic
def change_looks(lab: Lab, *, author: User | None, patch: Any, client: str = "") -> Patch:
    """The patch as it took effect: whole looks, so that late and early receivers agree."""
    read = read_patch(patch)
    if not Lab.objects.select_for_update().filter(pk=lab.pk).exists():
        raise NotFound
    stands = {look.ref: look for look in Look.objects.filter(lab=lab, ref__in=list(read))}
    new = [ref for ref in read if ref not in stands]
    if new and Look.objects.filter(lab=lab).count() + len(new) > MOST_LOOKS:
        message = "There are too many looks."
        raise InvalidDocument([Problem("too-large", "", message, f"at most {MOST_LOOKS}")])
    effect: Patch = {}
    for ref, values in read.items():
        before = stands[ref].values if ref in stands else None
        effect[ref] = None if values is None else merged(before, values)
    gone = [ref for ref, values in effect.items() if values is None and ref in stands]
    if gone:
        Look.objects.filter(lab=lab, ref__in=gone).delete()
    Look.objects.bulk_create(
        [
            Look(lab=lab, ref=ref, values=values)
            for ref, values in effect.items()
            if values is not None
        ],
        update_conflicts=True,
        unique_fields=["lab", "ref"],
        update_fields=["values"],
    )
    if effect:
        audit.record(author, "looks", lab, refs=len(effect))
        events.emit(lab, {"kind": "looks", "looks": effect, "client": client or None})
    return effect
