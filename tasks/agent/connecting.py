"""Checks of a TCP port from a network namespace: rounds of connections, each on its own socket.

A connection that is accepted is closed at once, with nothing sent.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import time
from collections.abc import Callable, Sequence
from functools import partial

from tasks.agent.means import Means
from tasks.agent.trial import Trial, pending
from tasks.drivers.reach import CannotTry

ROUND = 1.0
"""Seconds from one connection of a check to its next, and until one is given up."""


class Connections:
    """All trials of a port from one namespace (``""``: the hypervisor's own)."""

    def __init__(self, means: Means, lab: str, netns: str, trials: Sequence[Trial]) -> None:
        self._means, self._lab, self._netns, self._trials = means, lab, netns, trials

    async def run(self, tell: Callable[[Trial], None]) -> None:
        """Until every trial has a result; each is told when it has."""
        while left := pending(self._trials):
            began = time.monotonic()
            async with self._means.namespaces:
                await asyncio.gather(*(self._try(trial) for trial in left))
            for trial in left:
                if trial.result is not None:
                    tell(trial)
            if pending(left):
                await asyncio.sleep(began + ROUND - time.monotonic())

    async def _try(self, trial: Trial) -> None:
        address, port = trial.spec.address, trial.spec.port
        ipv6 = ipaddress.ip_address(address).version == 6
        open = partial(self._means.machine.stream, self._lab, self._netns, ipv6=ipv6)
        try:
            socket = await self._means.open(open)
        except CannotTry as error:
            trial.cannot(error.words, passing=error.passing, now=time.monotonic())
            return
        began = time.monotonic()
        trial.sent += 1
        with socket:
            try:
                async with asyncio.timeout(ROUND):
                    await asyncio.get_running_loop().sock_connect(socket, (address, port))
                trial.answered(time.monotonic() - began)
            except TimeoutError:
                trial.words = f"{address}: no answer"
            except OSError as error:
                words = os.strerror(error.errno) if error.errno else str(error)
                trial.words = f"{address}: {words}"
        trial.rounds += 1
        trial.judge(time.monotonic())
