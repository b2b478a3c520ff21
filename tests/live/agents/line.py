"""One agent's end of the socket, as the agent's own code speaks."""

from __future__ import annotations

import asyncio
import contextlib
import json
from itertools import count
from typing import Any, Self
from uuid import uuid4

from designer.site.asgi import application
from designer.wire import PROTOCOL, inventory_to_json, read_controller_message
from tests.deploy.world import inventory

PATIENCE = 15.0
"""Seconds until something that must come counts as lost."""


class Line:
    """``async with`` connects and says hello. An ASGI connection of the whole site."""

    def __init__(self, authorization: str, *, boot: str = "", start: int = 1) -> None:
        headers = [(b"authorization", authorization.encode())] if authorization else []
        self.scope = {
            "type": "websocket",
            "path": "/agent/ws",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.boot = boot or uuid4().hex
        self.numbers = count(start)
        self.requests = count(1)
        self.served: asyncio.Task[None] | None = None

    async def connect(self) -> bool:
        """Whether the server takes the connection."""
        self.served = asyncio.create_task(
            application(self.scope, self.to_server.get, self.from_server.put)
        )
        await self.to_server.put({"type": "websocket.connect"})
        return bool((await self._next())["type"] == "websocket.accept")

    async def hang_up(self) -> None:
        await self.to_server.put({"type": "websocket.disconnect", "code": 1005})
        assert self.served is not None
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(self.served, PATIENCE)

    async def __aenter__(self) -> Self:
        assert await self.connect()
        await self.hello()
        assert (await self.hear())["type"] == "welcome"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()

    async def hello(self, **more: Any) -> None:
        told = {
            "type": "hello",
            "protocol": PROTOCOL,
            "version": "0.1.0",
            "boot": self.boot,
            "inventory": inventory_to_json(inventory("hv1", 1)),
        }
        await self.say({**told, **more})

    async def say(self, message: dict[str, Any]) -> None:
        await self.frame(json.dumps(message))

    async def frame(self, text: str | bytes) -> None:
        kind = "text" if isinstance(text, str) else "bytes"
        await self.to_server.put({"type": "websocket.receive", kind: text})

    async def hear(self) -> dict[str, Any]:
        """The next message, which has to be one that agents understand."""
        frame = await self._next()
        assert frame["type"] == "websocket.send", frame
        read_controller_message(frame["text"])
        message: dict[str, Any] = json.loads(frame["text"])
        return message

    async def closed(self) -> int:
        """The code with which the server hangs up."""
        frame = await self._next()
        assert frame["type"] == "websocket.close", frame
        return int(frame.get("code", 1000))

    async def tell(self, *events: dict[str, Any]) -> int:
        """Send events; the last number."""
        number = 0
        for event in events:
            number = next(self.numbers)
            await self.say({"type": "event", "n": number, "event": event})
        return number

    async def acknowledged(self, number: int) -> None:
        """Waits until this number is."""
        while True:
            message = await self.hear()
            assert message["type"] == "ack"
            if message["n"] >= number:
                return

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        request = str(next(self.requests))
        await self.say({"type": kind, "request": request, **fields})
        while True:
            message = await self.hear()
            if message.get("request") == request:
                return message

    async def _next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.from_server.get(), PATIENCE)
