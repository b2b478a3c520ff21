"""A machine that is only a model: who answers whom is a table. No kernel, no guest."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from designer.machine.checks import CheckSpec
from designer.wire import agent as wire
from tasks.agent.machine import ProbeSocket
from tasks.drivers.reach import Answer, CannotTry
from tasks.drivers.reach.frames import Reader


def spec(id: str, name: str, address: str, **fields: object) -> CheckSpec:
    values: dict[str, object] = {"where": "namespace", "expect": "reach", "within": 60} | fields
    return CheckSpec(id=id, name=name, address=address, **values)  # type: ignore[arg-type]


def wanted(*checks: CheckSpec, run: str = "run-1") -> wire.Check:
    return wire.Check(run=run, lab="testlab1", checks=list(checks))


PINGED = """\
64 bytes from 10.0.0.1: seq=0 ttl=64 time=3.256 ms

--- 10.0.0.1 ping statistics ---
{0} packets transmitted, {0} packets received, 0% packet loss
"""
"""As busybox writes it; others leave out the second "packets"."""


def _now() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


class ModelEchoes:
    """Answers at once, by a pipe that wakes whoever waits for it."""

    def __init__(self, places: Places, netns: str) -> None:
        self._places, self._netns = places, netns
        self._mine, self._theirs = socket.socketpair()
        self._answers: list[tuple[str, Answer]] = []

    def fileno(self) -> int:
        return self._mine.fileno()

    def send(self, address: str, sequence: int) -> None:
        answer = self._places.ask(self._netns, address, sequence)
        if answer is not None:
            self._answers.append((address, answer))
            self._theirs.send(b"!")

    def receive(self) -> Iterator[tuple[str, Answer]]:
        self._mine.recv(1 << 16)
        found, self._answers = self._answers, []
        yield from found

    def close(self) -> None:
        self._mine.close()
        self._theirs.close()
        with self._places.lock:
            self._places.open -= 1


@dataclass(frozen=True)
class Ended:
    status: int
    output: str


@dataclass
class Places:
    """``reached`` has (place, address) of those who answer. What is in ``missing`` cannot be tried
    for that reason; ``before`` is called with each ping and may raise what a kernel would."""

    reached: Collection[tuple[str, str]] = ()
    missing: dict[str, CannotTry] = field(default_factory=dict)
    before: Callable[[str, str], None] = lambda _place, _address: None
    slow: float = 0
    """Seconds that a question to a guest takes."""
    delay: threading.Event = field(default_factory=_now)
    """Until it is set, no socket is opened."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    calls: int = 0
    most_calls: int = 0
    threads: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _programs: dict[int, Ended] = field(default_factory=dict)

    def ask(self, place: str, address: str, sequence: int) -> Answer | None:
        self.before(place, address)
        self.asked.append((place, address))
        return Answer(sequence, "reply") if (place, address) in self.reached else None

    def echo(
        self, lab: str, netns: str, *, ipv6: bool, identifier: int, token: bytes
    ) -> ModelEchoes:
        if netns in self.missing:
            raise self.missing[netns]
        self.threads.add(threading.current_thread().name)
        assert self.delay.wait(20)
        with self.lock:
            self.open += 1
            self.most_open = max(self.open, self.most_open)
        return ModelEchoes(self, netns)

    def stream(self, lab: str, netns: str, *, ipv6: bool) -> socket.socket:
        raise CannotTry(f"There is no {netns} here.")

    def probe(self, nic: str, reader: Reader) -> ProbeSocket:
        raise CannotTry(f"There is no {nic} here.")

    def begin_in_guest(self, lab: str, domain: str, argv: Sequence[str]) -> int:
        self._call()
        if domain in self.missing:
            raise self.missing[domain]
        assert (argv[:2], argv[3:-1]) == (["ping", "-c"], ["-W", "1"])
        answered = self.ask(domain, argv[-1], 0) is not None
        number = next(self._numbers)
        self._programs[number] = Ended(0, PINGED.format(argv[2])) if answered else Ended(1, "")
        return number

    def ended_in_guest(self, lab: str, domain: str, number: int) -> Ended | None:
        self._call()
        if domain in self.missing:
            raise self.missing[domain]
        return self._programs.pop(number)

    def _call(self) -> None:
        with self.lock:
            self.calls += 1
            self.most_calls = max(self.calls, self.most_calls)
            self.threads.add(threading.current_thread().name)
        time.sleep(self.slow)
        with self.lock:
            self.calls -= 1
