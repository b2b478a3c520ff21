"""A signed-in person's websockets: of a lab, and of a console of a VM."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from designer.wire import read_console_to_browser
from designer.wire.base import Message
from designer.wire.console import Taken
from tests.e2e.session import Session


@asynccontextmanager
async def _socket(session: Session, path: str) -> AsyncIterator[ClientConnection]:
    async with connect(
        session.url.replace("http", "ws", 1) + path,
        additional_headers={"Cookie": session.cookies},
        origin=session.url,  # type: ignore[arg-type]
        max_queue=1,
        close_timeout=1,
        compression=None,
    ) as socket:
        yield socket


@asynccontextmanager
async def watched(session: Session, lab: str) -> AsyncIterator[ClientConnection]:
    """The lab's own socket; what it says is read by :func:`until_status`."""
    async with _socket(session, f"/ws/labs/{lab}") as socket:
        yield socket


async def until_status(socket: ClientConnection, ref: str, fact: str, value: object) -> None:
    """Until it says that a fact of something drawn has come to be so."""
    async for text in socket:
        told = json.loads(text)
        if told["type"] == "event" and told["event"]["kind"] == "status":
            status = told["event"]["changes"].get(ref)
            if status and status["facts"].get(fact) == value:
                return
    raise AssertionError("the lab's socket was closed")


class ConsoleEnd:
    """A serial console; what is not ``taken`` gives no room back."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.received = 0

    async def type(self, text: str) -> None:
        await self._socket.send(text.encode())

    async def hear(self) -> bytes | Message:
        """The next data, which is taken, or message."""
        frame = await self._socket.recv()
        if isinstance(frame, bytes):
            self.received += len(frame)
            if frame:
                await self._socket.send(Taken(bytes=len(frame)).model_dump_json())
            return frame
        message: Message = read_console_to_browser(frame)
        return message

    async def until(self, words: str) -> None:
        said = b""
        while words.encode() not in said:
            heard = await self.hear()
            if isinstance(heard, bytes):
                said = (said + heard)[-65536:]


@asynccontextmanager
async def console(session: Session, lab: str, vm: str) -> AsyncIterator[ConsoleEnd]:
    """An open serial console, by the server that the session is signed in at."""
    told: Any = session.post(f"/api/labs/{lab}/vms/{vm}/console", {"kind": "serial"})
    async with _socket(session, told["path"]) as socket:
        await socket.send(json.dumps({"type": "open", "token": told["token"]}))
        end = ConsoleEnd(socket)
        while (heard := await end.hear()) and getattr(heard, "type", "") != "opened":
            assert getattr(heard, "type", "") == "here", heard
        yield end
