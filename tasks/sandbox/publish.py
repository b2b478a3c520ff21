"""Loopback ports of the real machine, shown to the hypervisors at the controller's address.

The listening socket is made by a thread that steps into the switch's network namespace for just
that; a socket stays in the namespace it was made in. Connections out of it are made here, to
127.0.0.1. So the two networks touch in these ports and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from typing import Any

from tasks.sandbox import inside
from tasks.sandbox.errors import SandboxError

_CHUNK = 64 * 1024


class Publisher:
    """Forwards TCP connections from inside one network namespace to 127.0.0.1 outside it."""

    def __init__(self, netns_path: str) -> None:
        self._netns_path = netns_path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="publisher", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._thread.start()

    def publish(self, port: int, host: str, at: int | None = None) -> tuple[str, int]:
        """Show 127.0.0.1:`port` at `host`:`at` in the namespace (`at`: the same port if None)."""
        listener = _listen_in(self._netns_path, host, port if at is None else at)
        self._call(self._accept(listener, port))
        address: tuple[str, int] = listener.getsockname()
        return address

    def stop(self) -> None:
        """Close every listener and every connection."""
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _accept(self, listener: socket.socket, port: int) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            try:
                await _join(reader, writer, port)
            except asyncio.CancelledError:
                pass  # stop() asked for it; there is nobody to tell
            finally:
                self._connections.discard(task)

        self._servers.append(await asyncio.start_server(connected, sock=listener))

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _listen_in(netns_path: str, host: str, port: int) -> socket.socket:
    made: list[socket.socket] = []
    failed: list[OSError] = []

    def make() -> None:
        try:
            inside.setns(netns_path, inside.CLONE_NEWNET)  # this thread only; it ends below
            made.append(socket.create_server((host, port), backlog=256))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if failed:
        raise SandboxError(f"port {port} cannot be shown at {host} in the sandbox: {failed[0]}")
    made[0].setblocking(False)
    return made[0]


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Carry bytes both ways until both sides have ended; each end is passed on by itself."""
    try:
        out_reader, out_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()  # the caller sees a refused service as a closed connection
        return
    try:
        await asyncio.gather(_pump(reader, out_writer), _pump(out_reader, writer))
    except asyncio.CancelledError:
        for end in (writer, out_writer):
            end.transport.abort()  # stop() does not wait for a reader that never reads
        raise
    finally:
        for end in (writer, out_writer):
            end.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
