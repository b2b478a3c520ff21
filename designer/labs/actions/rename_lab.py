"""Give a lab another name or description. Its tag, and so everything on hypervisors, stays."""

from __future__ import annotations

from django.db import transaction

from designer.labs import audit, events
from designer.labs.models import Lab, User
from designer.labs.names import read_description, read_name


@transaction.atomic
def rename_lab(
    lab: Lab, *, author: User | None, name: str | None = None, description: str | None = None
) -> Lab:
    """What is None stays."""
    changes: dict[str, str] = {}
    if name is not None and read_name(name) != lab.name:
        changes["name"] = read_name(name)
    if description is not None and read_description(description) != lab.description:
        changes["description"] = read_description(description)
    if changes:
        Lab.objects.filter(pk=lab.pk).update(**changes)
        lab.name = changes.get("name", lab.name)
        lab.description = changes.get("description", lab.description)
        audit.record(author, "rename", lab, **changes)
        told = {"kind": "lab", "name": lab.name, "description": lab.description}
        events.emit(lab, told)
    return lab
