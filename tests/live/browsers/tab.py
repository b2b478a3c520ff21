"""A browser's tab, as the server sees one: an ASGI connection of the whole site."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from designer.labs.models import User
from designer.site.asgi import application

PATIENCE = 15.0
"""Seconds until something that must come counts as lost."""
ORIGIN = "http://testserver"


def signed_in(user: User) -> str:
    """The key of a new session."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


class Closed(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"closed with {code}")


class Tab:
    """``async with Tab(lab, session) as tab``. Messages are had in order; presence apart."""

    def __init__(
        self, lab_id: UUID | str, session: str = "", *, origin: str | None = ORIGIN
    ) -> None:
        headers = [(b"host", b"testserver")]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if session:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
        self.scope = {
            "type": "websocket",
            "path": f"/ws/labs/{lab_id}",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        self.to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.accepted = False
        self.people: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        """Cleared: this browser reads nothing more."""

    async def __aenter__(self) -> Tab:
        self.task = asyncio.create_task(application(self.scope, self.to_server.get, self._take_in))
        await self.to_server.put({"type": "websocket.connect"})
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.reads.set()
        await self.to_server.put({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, PATIENCE)

    async def _take_in(self, message: Any) -> None:
        await self.reads.wait()
        await self.from_server.put(message)

    async def say(self, message: Any) -> None:
        await self.say_text(json.dumps(message))

    async def say_text(self, text: str) -> None:
        await self.to_server.put({"type": "websocket.receive", "text": text})

    async def hear(self, *, presence: bool = False) -> dict[str, Any]:
        """The next message; raises :class:`Closed`."""
        while True:
            frame = await asyncio.wait_for(self.from_server.get(), PATIENCE)
            if frame["type"] == "websocket.accept":
                self.accepted = True
            elif frame["type"] == "websocket.close":
                raise Closed(frame.get("code", 1000))
            else:
                message: dict[str, Any] = json.loads(frame["text"])
                if message["type"] == "presence":
                    self.people = message["clients"]
                    if not presence:
                        continue
                return message

    async def hear_event(self) -> dict[str, Any]:
        message = await self.hear()
        assert message["type"] == "event", message
        return message

    async def see(self, until: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Waits until the people here are so."""
        while not until(self.people):
            await self.hear(presence=True)
        return self.people

    async def code(self) -> int:
        """How the server closes; whatever comes before is passed over."""
        while True:
            try:
                await self.hear()
            except Closed as closed:
                return closed.code
