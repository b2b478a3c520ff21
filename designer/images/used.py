"""Which labs have an image in their design."""

from __future__ import annotations

import json
from collections.abc import Iterable

from designer.images.models import Image
from designer.labs import documents
from designer.labs.models import Lab
from designer.machine.images import ROLES
from designer.topology.kinds import Vm


def labs_that_draw(image: Image) -> list[str]:
    """Their names, in order."""
    return drawn_by_labs([image]).get(image.name, [])


def drawn_by_labs(images: Iterable[Image]) -> dict[str, list[str]]:
    """The names of the team's labs by image name, all images being of one team. A text that does
    not have the name is not read as a design."""
    wanted = {one.name: one.team_id for one in images}
    found: dict[str, list[str]] = {}
    if not wanted:
        return found
    labs = Lab.objects.filter(team_id__in=set(wanted.values())).select_related("head")
    for lab in labs.order_by("name"):
        if not any(json.dumps(name) in lab.head.document for name in wanted):
            continue
        vms = documents.of(lab).design.of_kind(Vm)
        for name in sorted({getattr(vm, role) for vm in vms for role in ROLES} & wanted.keys()):
            found.setdefault(name, []).append(lab.name)
    return found
