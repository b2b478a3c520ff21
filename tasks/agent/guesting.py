"""Checks from within a VM: `ping` or `nc` run there by its guest agent, a round about every second.

All pings of a must-not-reach are one program: in an emulated VM to begin one is what takes time.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from functools import partial

from designer.machine.checks import CheckSpec
from tasks.agent.machine import Ended
from tasks.agent.means import Means
from tasks.agent.trial import NONE_OF, Trial, pending
from tasks.drivers.reach import CannotTry

ROUND = 1.0
"""Seconds between rounds at least; what an emulated VM takes comes to it."""
_AT_ONCE = 8
"""Programs in one VM at a time."""
_LOOK_EVERY = 0.2
_LONGEST = 15.0
"""Seconds until a `ping` that should take one to three is given up."""
_RECEIVED = re.compile(r"(\d+) (?:packets )?received")
_TIME = re.compile(r"time[=<] ?([0-9.]+)")


_CONNECT = 'nc -z -w 1 "$0" "$1" || nc -w 1 -e true "$0" "$1"'
"""Connect and send nothing: netcat-openbsd's way, then busybox's. Each refuses the other's."""


class Guest:
    """All trials from one VM."""

    def __init__(self, means: Means, lab: str, domain: str, trials: Sequence[Trial]) -> None:
        self._means, self._lab, self._domain, self._trials = means, lab, domain, trials

    async def run(self, tell: Callable[[Trial], None]) -> None:
        """Until every trial has a result; each is told when it has."""
        while left := pending(self._trials):
            began = time.monotonic()
            async with self._means.guests:
                for start in range(0, len(left), _AT_ONCE):
                    some = left[start : start + _AT_ONCE]
                    await asyncio.gather(*(self._try(trial) for trial in some))
            for trial in left:
                if trial.result is not None:
                    tell(trial)
            if pending(left):
                await asyncio.sleep(began + ROUND - time.monotonic())

    async def _try(self, trial: Trial) -> None:
        pings = 1 if trial.spec.expect == "reach" or trial.spec.port is not None else NONE_OF
        try:
            ended = await self._run(_argv(trial.spec, pings))
        except CannotTry as error:
            trial.cannot(error.words, passing=error.passing, now=time.monotonic())
            return
        trial.sent += pings
        trial.rounds += pings
        if ended.status == 0:
            if trial.spec.port is not None:
                trial.received += 1
                trial.judge(time.monotonic())
                return
            came, took = _RECEIVED.search(ended.output), _TIME.search(ended.output)
            trial.received += int(came[1]) if came else 1
            trial.rtt_ms = round(float(took[1]), 2) if took else None
        trial.judge(time.monotonic())

    async def _run(self, argv: Sequence[str]) -> Ended:
        machine = self._means.machine
        number = await self._means.call(
            partial(machine.begin_in_guest, self._lab, self._domain, argv)
        )
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_EVERY)
            ended = await self._means.call(
                partial(machine.ended_in_guest, self._lab, self._domain, number)
            )
            if ended is not None:
                return ended
        words = f"A {argv[0]} in this VM was not over after {_LONGEST:g} s."
        raise CannotTry(words, passing=True)


def _argv(spec: CheckSpec, pings: int) -> list[str]:
    if spec.port is not None:
        return ["sh", "-c", _CONNECT, spec.address, str(spec.port)]
    return ["ping", "-c", str(pings), "-W", "1", spec.address]
