"""A word to an agent's live connection, or to all server processes, wherever they run.

Only to save time: an agent that misses it learns the same when it fetches or asks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)


HYPERVISORS = "trunkline.hypervisors"
"""A word here: which hypervisors there are, or answer, is another than before. Server processes
tell those who look at a lab (designer.live.hub)."""


def channel_of(hypervisor_id: UUID) -> str:
    return f"hypervisor.{hypervisor_id}"


def push_on_commit(hypervisor_id: UUID, message: Mapping[str, Any]) -> None:
    """Send it once what was written stands."""
    text = json.dumps(message)
    transaction.on_commit(lambda: _publish(channel_of(hypervisor_id), text), robust=True)


def hypervisors_changed() -> None:
    """Say so once what was written stands."""
    transaction.on_commit(lambda: _publish(HYPERVISORS, ""), robust=True)


def _publish(channel: str, text: str) -> None:
    try:
        client_of(settings.REDIS_URL).publish(channel, text)
    except redis.RedisError as error:
        log.warning("A word for %s was lost: Redis says %s", channel, error)


@cache
def client_of(url: str) -> redis.Redis:
    """This process's connections to Redis, which wait no longer than two seconds for it."""
    return redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30
    )
