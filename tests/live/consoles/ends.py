"""The two ends of a console, as the server sees them: ASGI connections of the whole site."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Self
from uuid import UUID

from django.conf import settings

from designer.site.asgi import application
from designer.wire import read_console_to_agent, read_console_to_browser
from tests.live.browsers.tab import ORIGIN, PATIENCE, Closed


class End:
    """``async with`` opens the socket. A reader that does not ``take`` gives no room back."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.accepted = False
        self.reads = asyncio.Event()
        self.reads.set()
        """Cleared: nothing more is read here."""

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(application(self.scope, self.to_server.get, self._take_in))
        await self.to_server.put({"type": "websocket.connect"})
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reads.set()
        await self.hang_up()

    async def hang_up(self) -> None:
        await self.to_server.put({"type": "websocket.disconnect", "code": 1001})
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(self.task, PATIENCE)

    async def _take_in(self, message: Any) -> None:
        await self.reads.wait()
        await self.from_server.put(message)

    async def say(self, what: dict[str, Any] | bytes | str) -> None:
        text = json.dumps(what) if isinstance(what, dict) else what
        kind = "bytes" if isinstance(text, bytes) else "text"
        await self.to_server.put({"type": "websocket.receive", kind: text})

    async def hear(self) -> Any:
        """The next message or bytes; raises :class:`Closed`."""
        while True:
            frame = await asyncio.wait_for(self.from_server.get(), PATIENCE)
            if frame["type"] == "websocket.accept":
                self.accepted = True
            elif frame["type"] == "websocket.close":
                raise Closed(frame.get("code", 1000))
            elif frame.get("bytes") is not None:
                return frame["bytes"]
            else:
                return self.read(frame["text"])

    def read(self, text: str) -> Any:
        """Held against the models that the real ends read with."""
        raise NotImplementedError

    async def until(self, kind: str) -> Any:
        """The next message of a type, whatever comes before."""
        while True:
            heard = await self.hear()
            if isinstance(heard, dict) and heard["type"] == kind:
                return heard

    async def data(self) -> bytes:
        """The next bytes, whatever comes before."""
        while True:
            heard = await self.hear()
            if isinstance(heard, bytes):
                return heard

    async def code(self) -> int:
        """How the server closes; whatever comes before is passed over."""
        while True:
            try:
                await self.hear()
            except Closed as closed:
                return closed.code


class BrowserEnd(End):
    def __init__(
        self, lab_id: UUID | str, session: str, *, origin: str | None = ORIGIN, token: str = ""
    ) -> None:
        headers = [(b"host", b"testserver")]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if session:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
        super().__init__(f"/ws/labs/{lab_id}/console", headers)
        self._token = token
        self._people: list[str] = []

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self._token:
            await self.show(self._token)
        return self

    async def show(self, token: str) -> None:
        await self.say({"type": "open", "token": token})

    def read(self, text: str) -> Any:
        read_console_to_browser(text)
        message = json.loads(text)
        self._people = message.get("people", self._people)
        return message

    async def sees(self, *people: str) -> None:
        """Waits until these have the console open."""
        while self._people != list(people):
            await self.hear()


class AgentEnd(End):
    def __init__(self, authorization: str) -> None:
        headers = [(b"authorization", authorization.encode())] if authorization else []
        super().__init__("/agent/console", headers)

    async def hello(self, console: str) -> None:
        await self.say({"type": "hello", "console": console})

    def read(self, text: str) -> Any:
        read_console_to_agent(text)
        return json.loads(text)
