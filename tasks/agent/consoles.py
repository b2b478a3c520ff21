"""Consoles of VMs, carried to the controller: one thread with an event loop, and in it a task and a
websocket for each console (`tasks.agent.console`).

They run beside the session, the hands and the checks, and none waits for another: a guest that
writes without end fills no queue but its own.

A shell inside a container is not among them: a network namespace shares the hypervisor's files and
processes, so whoever has a shell in one is root on the hypervisor.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from designer.wire.agent import OpenConsole
from tasks.agent.console import carry
from tasks.agent.credential import Credential
from tasks.agent.machine import Speaking

log = logging.getLogger("trunkline.consoles")

MOST = 64
"""Consoles at a time, whatever the controller says."""
_OPENERS = 4
"""Threads; libvirt takes a moment to open a console."""


class Consoles:
    """`take` from any thread."""

    def __init__(self, machine: Speaking, credential: Credential) -> None:
        self._machine, self._credential = machine, credential
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._openers = ThreadPoolExecutor(_OPENERS, "consoles")
        self._open: dict[str, asyncio.Task[None]] = {}
        self._thread = threading.Thread(target=self._run, name="consoles", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5) -> None:
        """End all consoles."""
        if self._thread.is_alive():
            self._call(self._stopping.set)
            self._thread.join(seconds)
        self._openers.shutdown(wait=False, cancel_futures=True)

    def take(self, wanted: OpenConsole) -> None:
        """Open a console, and carry it until it ends."""
        self._call(lambda: self._begin(wanted))

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def _call(self, what: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the agent stops
            self._loop.call_soon_threadsafe(what)  # type: ignore[arg-type]

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._stopping.wait())
            runner.run(self._end())

    def _begin(self, wanted: OpenConsole) -> None:
        if wanted.console in self._open:
            return
        if len(self._open) >= MOST:
            log.warning("A console more than %d is asked for, and is not opened", MOST)
            return
        task = self._loop.create_task(self._carry(wanted))
        self._open[wanted.console] = task
        task.add_done_callback(lambda _: self._open.pop(wanted.console, None))

    async def _carry(self, wanted: OpenConsole) -> None:
        try:
            await carry(wanted, self._machine, self._credential, self._openers)
        except Exception:
            log.exception("A fault of the agent's own in a console of %s", wanted.domain)

    async def _end(self) -> None:
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
