"""A run of checks: from many places at once, told as they are decided."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from designer.wire import agent as wire
from tasks.agent import events
from tasks.agent.connecting import Connections
from tasks.agent.echoing import Echoes
from tasks.agent.guesting import Guest
from tasks.agent.means import Means
from tasks.agent.trial import Trial

Report = Callable[[Mapping[str, Any]], None]
_TELL_EVERY = 0.25
"""Seconds: results that come close together go as one event."""


class _Place(Protocol):
    async def run(self, tell: Callable[[Trial], None]) -> None: ...


async def check(wanted: wire.Check, means: Means, report: Report) -> None:
    """Carry the run out, and report its results; the last report is complete."""
    began = time.monotonic()
    trials = [Trial(spec, began) for spec in wanted.checks]
    decided: list[Trial] = []

    def tell(*, complete: bool) -> None:
        some, decided[:] = list(decided), []
        results = [one.result for one in some if one.result is not None]
        if results or complete:
            report(events.checked(wanted.run, wanted.lab, results, complete=complete))

    places = list(_places(means, wanted.lab, trials, decided))
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(one.run(decided.append)) for one in places]
        while running and not all(task.done() for task in running):
            await asyncio.wait(running, timeout=_TELL_EVERY)
            if not all(task.done() for task in running):
                tell(complete=False)
    tell(complete=True)


def _places(
    means: Means, lab: str, trials: Sequence[Trial], decided: list[Trial]
) -> Iterator[_Place]:
    """Where the checks start from, each with its own; one that starts nowhere is decided."""
    guests: dict[str, list[Trial]] = {}
    echoes: dict[tuple[str, bool], list[Trial]] = {}
    connections: dict[str, list[Trial]] = {}
    for trial in trials:
        spec = trial.spec
        try:
            ipv6 = ipaddress.ip_address(spec.address).version == 6
        except ValueError:
            trial.cannot(f"{spec.address!r} is no address.", passing=False, now=trial.began)
            decided.append(trial)
            continue
        if spec.where == "domain":
            guests.setdefault(spec.name, []).append(trial)
        else:
            netns = spec.name if spec.where == "namespace" else ""
            if spec.port is None:
                echoes.setdefault((netns, ipv6), []).append(trial)
            else:
                connections.setdefault(netns, []).append(trial)
    for domain, some in guests.items():
        yield Guest(means, lab, domain, some)
    for (netns, ipv6), some in echoes.items():
        yield Echoes(means, lab, netns, some, ipv6=ipv6)
    for netns, some in connections.items():
        yield Connections(means, lab, netns, some)
