"""One line for each action: who did what to what."""

from __future__ import annotations

from typing import Any

from designer.labs.models import Audit, Lab, User


def record(actor: User | None, action: str, object: str | Lab, **details: Any) -> None:
    """Written in the action's own transaction: no action without its line, no line without it."""
    named = f"lab/{object.pk}" if isinstance(object, Lab) else object
    Audit.objects.create(actor=actor, action=action, object=named, details=details)
