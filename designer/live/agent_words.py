"""Words for one agent's connection, from whichever server process they come."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from designer.deploy.push import channel_of

log = logging.getLogger(__name__)

_RETRY = 2
"""Seconds. What is said meanwhile is lost, and learnt by other ways (designer.deploy.push)."""


async def words_for(hypervisor_id: UUID, ready: asyncio.Event) -> AsyncIterator[dict[str, Any]]:
    """For ever. ``ready`` is set once the first attempt to listen has succeeded or failed."""
    while True:
        try:
            async with redis.asyncio.from_url(
                settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=15
            ) as client, client.pubsub() as listening:  # fmt: skip
                await listening.subscribe(channel_of(hypervisor_id))
                ready.set()
                async for message in listening.listen():
                    if message["type"] == "message":
                        yield json.loads(message["data"])
        except (RedisError, OSError) as error:
            ready.set()
            log.warning("No words for hypervisor %s: %s", hypervisor_id, error)
            await asyncio.sleep(_RETRY)
