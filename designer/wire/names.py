"""The names that server and agent must agree on without importing each other."""

from __future__ import annotations

from uuid import UUID

PROTOCOL = 3
"""Of the agent's websocket; a peer of another version is refused with both versions named."""

VERSION = "0.1.0"
"""Of the product; the peer shows it, and names it where protocols differ."""

TASK_DEPLOY = DEPLOY = "trunkline.deploy"
"""The only Celery task: "fetch what deployment so-and-so wants of you"."""

_QUEUE = "hypervisor."


def queue_of(hypervisor_id: UUID | str) -> str:
    """The Celery queue that only this hypervisor's agent reads."""
    return f"{_QUEUE}{hypervisor_id}"


def hypervisor_of(queue: str) -> str | None:
    """The id of the hypervisor whose queue this is; None where it is none of these queues."""
    return queue.removeprefix(_QUEUE) if queue.startswith(_QUEUE) else None
