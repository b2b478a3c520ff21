"""Delete a lab for good, once nothing of it stands on any hypervisor."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import ProtectedError

from designer.labs import audit
from designer.labs.errors import NotFound, Refused
from designer.labs.models import Lab, User

Objection = Callable[[Lab], str]
objections: list[Objection] = []
"""Asked before a lab goes; a text is why it may not. This room knows nothing of deployments: the
deploy room adds its objection when it is loaded."""


@transaction.atomic
def delete_lab(lab: Lab, *, author: User | None) -> None:
    """Raises :class:`Refused` while something objects, or protects the lab's row."""
    locked = Lab.objects.select_for_update().filter(pk=lab.pk).first()
    if locked is None:
        raise NotFound
    for objection in objections:
        if reason := objection(locked):
            raise Refused("deployed", reason)
    audit.record(author, "delete", locked, name=locked.name, revision=locked.revision)
    try:
        locked.delete()
    except ProtectedError:
        message = f"{lab.name} still stands on hypervisors. Destroy its deployment first."
        raise Refused("deployed", message) from None
