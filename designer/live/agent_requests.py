"""What an agent's socket asks of the database, each call in one thread and one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from designer import wire
from designer.deploy import broker, jobs, secrets
from designer.deploy.actions.greet import greet as greet_agent
from designer.deploy.actions.greet import hang_up, seen
from designer.deploy.actions.take_events import take_events
from designer.deploy.models import Hypervisor
from designer.wire.agent import Fetch, Hello

__all__ = ["Replaced", "assignments", "authenticate", "fetch", "greet", "hang_up", "record", "seen"]


class Replaced(Exception):
    """A newer connection of the same hypervisor has taken over."""


def authenticate(authorization: str) -> Hypervisor | None:
    """Whose credential ``Bearer ID.SECRET`` is. The same work whether there is such an id."""
    kind, _, credential = authorization.partition(" ")
    id, _, secret = credential.partition(".")
    try:
        found = Hypervisor.objects.filter(pk=UUID(id)).first()
    except ValueError:
        found = None
    good = secrets.fits(secret, found.secret_hash if found else "")
    return found if good and kind.lower() == "bearer" else None


def greet(hypervisor: Hypervisor, session: UUID, hello: Hello) -> int:
    """The connection is the live one from here on; answers the last event taken of this boot."""
    acked = greet_agent(
        hypervisor,
        session,
        boot=hello.boot,
        version=hello.version,
        inventory=wire.inventory_to_json(hello.inventory),
    )
    broker.admit(hypervisor)  # Redis forgets its users when it starts again
    return acked


def record(hypervisor_id: UUID, session: UUID, boot: str, events: Sequence[tuple[int, Any]]) -> int:
    acked = take_events(hypervisor_id, session, boot, events)
    if acked is None:
        raise Replaced
    return acked


def fetch(hypervisor_id: UUID, session: UUID, request: Fetch) -> dict[str, Any] | None:
    try:
        deployment = UUID(request.deployment)
    except ValueError:
        return None
    with transaction.atomic():
        return jobs.fetch(_live(hypervisor_id, session), deployment, request.generation)


def assignments(hypervisor_id: UUID, session: UUID) -> list[dict[str, Any]]:
    with transaction.atomic():
        hypervisor = _live(hypervisor_id, session)
        seen(hypervisor_id, session)
        return jobs.assignments(hypervisor)


def _live(hypervisor_id: UUID, session: UUID) -> Hypervisor:
    """The hypervisor, while this connection is the live one."""
    found = Hypervisor.objects.filter(pk=hypervisor_id, session=session).first()
    if found is None:
        raise Replaced
    return found
