"""What the two sockets of a console have in common: how their frames are read and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any

from designer import wire
from designer.live.limits import Bucket
from designer.wire.console import LARGEST_DATA, LARGEST_TEXT, Taken
from designer.wire.window import Overdrawn, Window

MALFORMED, TOO_LARGE, TOO_MANY = 4400, 1009, 4429
TOO_SLOW = 4408

SENDS_WITHIN = 30.0
"""Seconds that a socket may be stuck, its other side not reading, before it is dropped."""
CLOSES_WITHIN = 2.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Closing(Exception):
    """This socket ends, with a code (RFC 6455, 7.4.2: 4000 to 4999 are ours)."""

    def __init__(self, code: int, reason: str = "") -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class Socket:
    """One websocket of a console. ``theirs`` counts the data that comes from it, ``ours`` what
    goes to it; either end that does not keep to the window is hung up on."""

    def __init__(
        self, receive: Receive, send: Send, read: Callable[[str], Any], *, rate: float
    ) -> None:
        self._receive, self._send, self._read = receive, send, read
        self._bucket = Bucket(rate, rate)
        self.theirs, self.ours = Window(), Window()

    async def hear(self) -> Any:
        """The next thing that comes: a message, or bytes of data; None when it is closed. Raises
        :class:`Closing` for what may not come."""
        frame = await self._receive()
        if frame["type"] == "websocket.disconnect":
            return None
        if not self._bucket.take():
            raise Closing(TOO_MANY, "Too many frames a second.")
        data = frame.get("bytes")
        try:
            if data is not None:
                if len(data) > LARGEST_DATA:
                    raise Closing(TOO_LARGE, f"A frame may have {LARGEST_DATA} bytes.")
                self.theirs.send(len(data))
                return data
            if len(frame["text"]) > LARGEST_TEXT:
                raise Closing(TOO_LARGE, f"A message may have {LARGEST_TEXT} bytes.")
            message = self._read(frame["text"])
            if isinstance(message, Taken):
                self.ours.taken(message.bytes)
        except (wire.BadMessage, Overdrawn, UnicodeError) as error:
            raise Closing(MALFORMED, str(error)) from None
        return message

    async def say(self, frame: str | bytes) -> None:
        """Send a frame. Waits for a slow reader, but not for ever."""
        kind = "text" if isinstance(frame, str) else "bytes"
        try:
            async with asyncio.timeout(SENDS_WITHIN):
                await self._send({"type": "websocket.send", kind: frame})
        except TimeoutError:
            raise Closing(TOO_SLOW, "What was sent was not read.") from None

    async def close(self, code: int, reason: str) -> None:
        closing = {"type": "websocket.close", "code": code, "reason": shortened(reason)}
        with suppress(Exception):
            async with asyncio.timeout(CLOSES_WITHIN):
                await self._send(closing)


def shortened(reason: str) -> str:
    """As a close frame takes it: at most 123 bytes (RFC 6455, 5.5)."""
    return reason.encode("ascii", "replace")[:120].decode()


async def until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until the first returns or raises, which this then does; the others are ended."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    # Where several ended at once, the one that has a reason says it.
    for task in sorted(done, key=lambda one: one.exception() is None):
        task.result()
