"""One console: the VM's port or screen on one side, a websocket to the controller on the other.

What may be on its way is bounded by the window (`designer.wire.window`), in both directions, and
nothing is held beyond it. A serial port is read from its log, so that the guest never waits for a
reader; what comes faster than it is shown is left out, and said so. Of a screen no byte may be left
out: it is read when there is room, and VNC sends no picture that nobody has asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from designer.wire import BadMessage, read_console_to_agent
from designer.wire.agent import OpenConsole
from designer.wire.base import Message
from designer.wire.console import LARGEST_DATA, ConsoleHello, Opened, Over, Skipped, Taken
from designer.wire.window import Overdrawn, Window
from tasks.agent.credential import Credential
from tasks.agent.machine import Speaking
from tasks.drivers.consoles import CannotOpen, Console, Ended

log = logging.getLogger("trunkline.consoles")

CHUNK = 16 * 1024
"""Bytes in one frame."""
SHOWN = 512 * 1024
"""Bytes a second that a serial console carries at most: more than anybody reads, and little enough
for a browser to draw."""
GATHERS = 0.02
"""Seconds between two frames of a serial console: what a guest writes bit by bit goes together, and
costs those on the way no more than what it writes at once."""
_LOOK_EVERY = 0.1
"""Seconds; a log tells nobody that it has grown."""
_FULL_PAUSE = 0.02
"""Seconds until a port that took nothing is tried again."""
_DIAL = 10.0
"""Seconds."""


async def carry(
    wanted: OpenConsole, machine: Speaking, credential: Credential, openers: ThreadPoolExecutor
) -> None:
    """Open it and carry it until either side ends."""
    try:
        async with await _dial(credential) as socket:
            await _say(socket, ConsoleHello(console=wanted.console))
            try:
                console = await _open(wanted, machine, openers)
            except CannotOpen as error:
                await _say(socket, Over(reason=error.reason, words=error.words[:4000]))
                return
            try:
                await _Line(socket, console, paced=wanted.kind == "serial").run()
            finally:
                console.close()
    except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
        log.info("A console of %s ends: %s", wanted.domain, error or "no answer")


async def _dial(credential: Credential) -> ClientConnection:
    return await connect(
        credential.console_websocket,
        additional_headers={"Authorization": credential.bearer},
        max_size=LARGEST_DATA,
        open_timeout=_DIAL,
        close_timeout=1,
        ping_interval=10,
        ping_timeout=20,
        compression=None,
    )


async def _open(wanted: OpenConsole, machine: Speaking, openers: ThreadPoolExecutor) -> Console:
    opening = openers.submit(
        partial(
            machine.open_console, wanted.lab, wanted.domain, wanted.kind, force=wanted.force
        )
    )  # fmt: skip
    try:
        return await asyncio.wrap_future(opening)
    except asyncio.CancelledError:
        # One that comes when nobody waits for it any more is closed.
        opening.add_done_callback(
            lambda done: None if done.cancelled() or done.exception() else done.result().close()
        )
        raise


class _Line:
    """An open console and its socket."""

    def __init__(self, socket: ClientConnection, console: Console, *, paced: bool) -> None:
        self._socket, self._console, self._paced = socket, console, paced
        self._out, self._in = Window(), Window()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Until the VM goes off or the controller hangs up."""
        await _say(self._socket, Opened())
        works = [asyncio.create_task(one) for one in (self._to_controller(), self._to_vm())]
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            for work in done:
                work.result()
        except Ended:
            await _say(self._socket, Over(reason="off", words="The VM went off."))
        except (BadMessage, Overdrawn) as error:
            log.warning("The controller does not keep to the console's rules: %s", error)
        except ConnectionClosed:
            pass
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _to_controller(self) -> None:
        async for skipped, data in self._said():
            if skipped:
                await _say(self._socket, Skipped(bytes=skipped))
            if data:
                self._out.send(len(data))
                await self._socket.send(data)
                if self._paced:
                    await asyncio.sleep(max(len(data) / SHOWN, GATHERS))

    async def _said(self) -> AsyncIterator[tuple[int, bytes]]:
        """What the VM says, when there is room for it. Raises Ended."""
        while True:
            while not self._out.room:
                self._room.clear()
                await self._room.wait()
            skipped, data = self._console.read(min(CHUNK, self._out.room))
            if skipped or data:
                yield skipped, data
            else:
                await self._something()

    async def _something(self) -> None:
        """Until something may have come."""
        loop, descriptor = asyncio.get_running_loop(), self._console.fileno()
        came = asyncio.Event()
        loop.add_reader(descriptor, came.set)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY if self._paced else None):
                    await came.wait()
        finally:
            loop.remove_reader(descriptor)

    async def _to_vm(self) -> None:
        async for frame in self._socket:
            if isinstance(frame, str):
                message = read_console_to_agent(frame)
                if isinstance(message, Taken):
                    self._out.taken(message.bytes)
                    self._room.set()
                continue
            self._in.send(len(frame))
            await self._write(frame)
            self._in.taken(len(frame))
            if frame:
                await _say(self._socket, Taken(bytes=len(frame)))

    async def _write(self, data: Sequence[int]) -> None:
        left = memoryview(bytes(data))
        while left:
            count = self._console.write(bytes(left))
            left = left[count:]
            if not count:
                await asyncio.sleep(_FULL_PAUSE)


async def _say(socket: ClientConnection, message: Message) -> None:
    await socket.send(message.model_dump_json())
