"""A console between a guest that writes without end and a controller that takes what it likes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from designer.wire.agent import OpenConsole
from designer.wire.console import ConsoleHello, Opened, Taken
from designer.wire.window import WINDOW
from tasks.agent.console import CHUNK, GATHERS
from tasks.agent.consoles import Consoles
from tasks.agent.credential import Credential

PATIENCE = 20.0


class Flood:
    """A port that has something to say whenever it is asked: ``piece`` bytes at a time."""

    def __init__(self, piece: int = CHUNK) -> None:
        self._piece = piece
        self._ready = os.eventfd(1)
        self.read_from_it = 0
        self.typed = b""

    def fileno(self) -> int:
        return self._ready

    def read(self, most: int) -> tuple[int, bytes]:
        data = b"y" * min(most, self._piece)
        self.read_from_it += len(data)
        return 0, data

    def write(self, data: bytes) -> int:
        self.typed += data
        return len(data)

    def close(self) -> None:
        os.close(self._ready)


class Floods:
    """The machine: a flood for each VM."""

    def __init__(self, **floods: Flood) -> None:
        self._floods = floods

    def open_console(self, lab: str, domain: str, kind: Any, *, force: bool = False) -> Flood:
        return self._floods[domain]


class Line:
    """The controller's end of one console."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket

    async def data(self) -> bytes:
        frame = await asyncio.wait_for(self._socket.recv(), PATIENCE)
        assert isinstance(frame, bytes), frame
        return frame

    async def take(self, count: int) -> None:
        await self._socket.send(Taken(bytes=count).model_dump_json())

    async def type(self, text: bytes) -> None:
        """And wait until it has arrived."""
        await self._socket.send(text)
        while isinstance(frame := await asyncio.wait_for(self._socket.recv(), PATIENCE), bytes):
            await self.take(len(frame))
        assert Taken.model_validate_json(frame).bytes == len(text)


Open = Callable[[str], Awaitable[Line]]


@asynccontextmanager
async def agent_with(**floods: Flood) -> AsyncIterator[Open]:
    """The consoles of an agent; opens one, by its VM."""
    coming: asyncio.Queue[ServerConnection] = asyncio.Queue()
    over = asyncio.Event()

    async def hear(socket: ServerConnection) -> None:
        hello = ConsoleHello.model_validate_json(await socket.recv())
        assert Opened.model_validate_json(await socket.recv())
        assert hello.console.startswith("console-of-")
        await coming.put(socket)
        await over.wait()

    async with serve(hear, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        credential = Credential(
            hypervisor="hv-1", name="model", controller=f"http://127.0.0.1:{port}",
            secret="secret", broker="redis://127.0.0.1:1/0",
        )  # fmt: skip
        consoles = Consoles(Floods(**floods), credential)
        consoles.start()

        async def open(vm: str) -> Line:
            consoles.take(
                OpenConsole(console=f"console-of-{vm}-00000", lab="lab0test", domain=vm,
                            kind="serial", force=False)
            )  # fmt: skip
            return Line(await asyncio.wait_for(coming.get(), PATIENCE))

        try:
            yield open
        finally:
            over.set()
            await asyncio.to_thread(consoles.stop)


async def test_nothing_is_read_beyond_the_window_for_who_takes_nothing() -> None:
    flood = Flood()
    async with agent_with(vm1=flood) as open:
        line = await open("vm1")
        came = 0
        while came < WINDOW:
            came += len(await line.data())
        assert (came, flood.read_from_it) == (WINDOW, WINDOW)
        await line.take(1)  # it waited for that, and for no more
        assert await line.data() == b"y"
        assert flood.read_from_it == WINDOW + 1


async def test_who_takes_little_has_no_more_than_the_window_on_its_way() -> None:
    flood = Flood()
    async with agent_with(vm1=flood) as open:
        line = await open("vm1")
        taken = 0
        while taken < 4 * WINDOW:
            data = await line.data()
            assert flood.read_from_it - taken <= WINDOW
            await line.take(len(data))
            taken += len(data)


async def test_a_console_that_is_stuck_holds_up_no_other() -> None:
    """Not even the same VM's: what is typed beside it arrives."""
    stuck, other = Flood(), Flood(piece=8)
    async with agent_with(vm1=stuck, vm2=other) as open:
        unread = await open("vm1")
        beside = await open("vm2")
        await beside.type(b"echo hello\n")
        assert other.typed == b"echo hello\n"
        await unread.type(b"\x03")
        assert stuck.typed == b"\x03"


@pytest.mark.parametrize("piece", [1, 80])
async def test_what_is_written_bit_by_bit_goes_together(piece: int) -> None:
    """Frames cost everyone on the way, so there are only so many a second."""
    async with agent_with(vm1=Flood(piece)) as open:
        line = await open("vm1")
        await line.data()
        began, frames = time.monotonic(), 25
        for _ in range(frames):
            await line.take(len(await line.data()))
        assert time.monotonic() - began >= (frames - 1) * GATHERS
