"""What all runs share, so that a thousand checks at once cost no more than a few."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from tasks.agent.machine import EchoSocket, ProbeSocket, Reaching

T = TypeVar("T")
S = TypeVar("S", EchoSocket, ProbeSocket, socket.socket)

_NAMESPACES = 128
"""Namespaces with a socket open at a time; a round lasts a second at most."""
_GUESTS = 32
"""VMs in which programs run at a time."""
_OPENERS, _CALLERS = 2, 4
"""Threads: for sockets, which take no time, and for guests, which may."""


class Means:
    """Belongs to one event loop; close() it when that ends."""

    def __init__(self, machine: Reaching) -> None:
        self.machine = machine
        self.namespaces = asyncio.Semaphore(_NAMESPACES)
        self.guests = asyncio.Semaphore(_GUESTS)
        self._openers = ThreadPoolExecutor(_OPENERS, "reach")
        self._callers = ThreadPoolExecutor(_CALLERS, "guests")

    async def open(self, what: Callable[[], S]) -> S:
        """Open a socket, which takes no time but waits for another thread. One that comes when
        nobody waits for it any more is closed."""
        opening = self._openers.submit(what)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise

    async def call(self, what: Callable[[], T]) -> T:
        """Ask a guest."""
        return await asyncio.get_running_loop().run_in_executor(self._callers, what)

    def close(self) -> None:
        """What a guest is still asked is left to end by itself."""
        self._openers.shutdown(wait=False, cancel_futures=True)
        self._callers.shutdown(wait=False, cancel_futures=True)


def _close(opening: Future[S]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
