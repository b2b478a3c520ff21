"""The two ends of a console in the server: the browser's socket and the agent's may be in different
server processes, so what passes between them goes through Redis.

A channel each way, for this console alone. Publishing tells how many heard it: where nobody did,
the other end is gone, and so is this one. Redis would hang up on a subscriber that lets too much
wait (client-output-buffer-limit pubsub); the window of :mod:`designer.wire.window` is far below.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Literal, Self

import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

BEAT = 5.0
"""Seconds between two words to an end that has nothing else to hear: it might have died."""

Frame = str | bytes
"""As on the sockets: a message, or data."""

_TEXT, _DATA, _END, _BEAT = b"t", b"d", b"e", b"b"


class Gone(Exception):
    """The other end is no more, or Redis is not."""


class Pipe:
    """``async with``: from then on what the other end says is heard."""

    def __init__(self, console: str, mine: Literal["browser", "agent"]) -> None:
        other = "agent" if mine == "browser" else "browser"
        self._mine, self._other = f"console.{console}.{mine}", f"console.{console}.{other}"
        self._client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            # Never reconnected in silence: a byte that is missing spoils the rest.
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=3,
        )
        self._hearing: Any = self._client.pubsub()

    async def __aenter__(self) -> Self:
        try:
            await self._hearing.subscribe(self._mine)
            await self._hearing.get_message(timeout=3)  # that we are subscribed
        except (RedisError, OSError) as error:
            await self._close()
            raise Gone(str(error)) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Gone):
            await self._publish(_END)
        await self._close()

    async def send(self, frame: Frame) -> None:
        """Raises :class:`Gone`."""
        text = isinstance(frame, str)
        await self._publish(_TEXT + frame.encode() if text else _DATA + frame)  # type: ignore[operator, union-attr]

    async def beat(self) -> None:
        """For ever, until the other end does not hear it. Raises :class:`Gone`."""
        while True:
            await asyncio.sleep(BEAT)
            await self._publish(_BEAT)

    async def frames(self) -> AsyncIterator[Frame]:
        """What the other end says, until it ends. Raises :class:`Gone` where Redis does."""
        try:
            async for message in self._hearing.listen():
                if message["type"] != "message":
                    continue
                kind, body = message["data"][:1], message["data"][1:]
                if kind == _END:
                    return
                if kind == _TEXT:
                    yield body.decode()
                elif kind == _DATA:
                    yield body
        except (RedisError, OSError) as error:
            raise Gone(str(error)) from None

    async def _publish(self, body: bytes) -> None:
        try:
            heard = await self._client.publish(self._other, body)
        except (RedisError, OSError) as error:
            raise Gone(str(error)) from None
        if not heard:
            raise Gone("The other end of the console is gone.")

    async def _close(self) -> None:
        with suppress(RedisError, OSError):
            await self._hearing.aclose()
        with suppress(RedisError, OSError):
            await self._client.aclose()
