"""What the controller wants tried or done at once: checks, probes, and actions on VMs, in one
thread with an event loop.

It runs beside the hands, which deploy, and neither waits for the other. A run is a
task in the loop; whatever waits (a socket, a second, a guest) waits there, so that thousands of
checks need no more threads than one. Nothing is kept on disk: a run is lost with the agent, and
the controller's deadline ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from designer.wire import agent as wire
from tasks.agent import events
from tasks.agent.acting import Acting
from tasks.agent.checking import check
from tasks.agent.machine import Reaching
from tasks.agent.means import Means
from tasks.agent.probing import probe
from tasks.agent.session import Errand

log = logging.getLogger("trunkline.reach")

_REMEMBERED = 1000
"""Runs whose repetition is known."""


class Reach:
    """`take` from any thread; `report` is called in this one's and must return at once. Without
    `acting` no VM is acted on."""

    def __init__(
        self,
        machine: Reaching,
        report: Callable[[Mapping[str, Any]], None],
        acting: Acting | None = None,
    ) -> None:
        self._machine, self._report, self._acting = machine, report, acting
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._runs: OrderedDict[str, asyncio.Task[None] | None] = OrderedDict()
        """None: over, or forgotten before it came."""
        self._thread = threading.Thread(target=self._run, name="reach", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5) -> None:
        """End all runs where they are; nothing more is told of them."""
        if self._thread.is_alive():
            self._call(self._stopping.set)
            self._thread.join(seconds)

    def take(self, errand: Errand) -> None:
        """Begin a run, or forget one."""
        self._call(self._begin, errand)

    def changed(self) -> None:
        """VMs may have changed."""
        if self._acting is not None:
            self._call(self._acting.look)

    def _call(self, what: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the agent stops
            self._loop.call_soon_threadsafe(what, *arguments)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())  # the runner cancels what still runs

    async def _live(self) -> None:
        self._means = Means(self._machine)
        following: asyncio.Task[None] | None = None
        try:
            if self._acting is not None:
                await self._acting.mend()
                following = self._loop.create_task(self._acting.follow())
            await self._stopping.wait()
        finally:
            if following is not None:
                following.cancel()
            self._means.close()
            if self._acting is not None:
                self._acting.close()

    def _begin(self, errand: Errand) -> None:
        if isinstance(errand, wire.Forget):
            task = self._runs.get(errand.run)
            self._remember(errand.run, None)
            if task is not None:
                task.cancel()
        elif errand.run not in self._runs:
            self._remember(errand.run, self._loop.create_task(self._carry_out(errand)))

    def _remember(self, run: str, task: asyncio.Task[None] | None) -> None:
        self._runs[run] = task
        over = [one for one, task in self._runs.items() if task is None]
        for one in over[: max(0, len(over) - _REMEMBERED)]:
            del self._runs[one]

    async def _carry_out(self, errand: wire.Check | wire.Probe | wire.Act) -> None:
        try:
            if isinstance(errand, wire.Check):
                await check(errand, self._means, self._report)
            elif isinstance(errand, wire.Act):
                assert self._acting is not None
                await self._acting.act(errand, self._report)
            else:
                nics = await probe(errand, self._means)
                self._report(events.probed(errand.run, errand.lab, nics))
        except Exception as error:
            log.exception("A fault of the agent's own in run %s", errand.run)
            self._report(_gave_up(errand, error))
        self._remember(errand.run, None)


def _gave_up(errand: wire.Check | wire.Probe | wire.Act, error: Exception) -> Mapping[str, Any]:
    """So that nobody waits for a run that a fault of ours has ended."""
    words = f"A fault in Trunkline's agent: {error!r}. Please report it with the agent's log."
    if isinstance(errand, wire.Act):
        return events.acted(errand.run, errand.lab, "failed", words)
    if isinstance(errand, wire.Probe):
        nics = [
            wire.Probed.Nic(segment=one.segment, nic=one.nic, error=words, tried=False, heard=[])
            for one in errand.probes
        ]
        return events.probed(errand.run, errand.lab, nics)
    results = [
        wire.Checked.Result(id=one.id, state="unknown", detail=words) for one in errand.checks
    ]
    return events.checked(errand.run, errand.lab, results, complete=True)
