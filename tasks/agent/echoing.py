"""Checks from a network namespace: rounds of echo requests, each on a socket of its own.

The socket is closed after each round, so that a namespace that is removed meanwhile is gone a
second later; the identifier and the token stay, so that the next round hears late answers too.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from tasks.agent.machine import EchoSocket
from tasks.agent.means import Means
from tasks.agent.trial import Trial, pending
from tasks.drivers.reach import CannotTry

ROUND = 1.0
"""Seconds from one ping of a check to its next, and for its answer."""
_AT_ONCE = 64
"""Requests between two looks at what came back."""
_NO_ROOM = frozenset({errno.EAGAIN, errno.ENOBUFS})
_TOKEN = 24


class Echoes:
    """All trials from one namespace (``""``: the hypervisor's own) to addresses of one family."""

    def __init__(
        self, means: Means, lab: str, netns: str, trials: Sequence[Trial], *, ipv6: bool
    ) -> None:
        self._means, self._trials = means, trials
        identifier = random.randrange(1, 1 << 16)  # noqa: S311  (no secret)
        self._open = partial(
            means.machine.echo,
            lab, netns, ipv6=ipv6, identifier=identifier, token=os.urandom(_TOKEN),
        )  # fmt: skip
        self._sequence = 0
        self._asked: dict[int, tuple[Trial, float]] = {}
        self._heard = asyncio.Event()

    async def run(self, tell: Callable[[Trial], None]) -> None:
        """Until every trial has a result; each is told when it has."""
        while left := pending(self._trials):
            began = time.monotonic()
            async with self._means.namespaces:
                await self._round(left)
            for trial in left:
                if trial.result is not None:
                    tell(trial)
            if pending(left):
                await asyncio.sleep(began + ROUND - time.monotonic())

    async def _round(self, trials: Sequence[Trial]) -> None:
        try:
            socket = await self._means.open(self._open)
        except CannotTry as error:
            for trial in trials:
                trial.cannot(error.words, passing=error.passing, now=time.monotonic())
            return
        async with self._listening(socket):
            for place, trial in enumerate(trials):
                await self._send(socket, trial)
                if place % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROUND):
                    while not all(trial.received for trial in trials):
                        self._heard.clear()
                        await self._heard.wait()
        for trial in trials:
            trial.rounds += 1
            trial.judge(time.monotonic())

    @contextlib.asynccontextmanager
    async def _listening(self, socket: EchoSocket) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_reader(socket.fileno(), self._hear, socket)
        try:
            yield
        finally:
            loop.remove_reader(socket.fileno())
            socket.close()

    async def _send(self, socket: EchoSocket, trial: Trial) -> None:
        self._sequence = (self._sequence + 1) % (1 << 16)
        for _ in range(10):
            self._asked[self._sequence] = trial, time.monotonic()
            try:
                socket.send(trial.spec.address, self._sequence)
            except OSError as error:
                trial.words = f"{trial.spec.address}: {error.strerror or error}"
                if error.errno not in _NO_ROOM:
                    return
                await asyncio.sleep(0.01)
            else:
                trial.sent += 1
                return

    def _hear(self, socket: EchoSocket) -> None:
        for sender, answer in socket.receive():
            trial, asked = self._asked.get(answer.sequence, (None, 0.0))
            if trial is None:
                continue
            if answer.kind == "error":
                trial.words = answer.words
            elif _same(sender, trial.spec.address):
                trial.answered(time.monotonic() - asked)
                self._heard.set()


def _same(one: str, other: str) -> bool:
    """IPv6 addresses have many spellings."""
    return ipaddress.ip_address(one) == ipaddress.ip_address(other)
