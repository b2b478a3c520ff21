"""`make up`: the controller, its hypervisors and their agents under one supervisor.

Reads top to bottom as what happens: start Redis, migrate, start the web server and the
hypervisors, enrol each, run its agent, print the address, start the hypervisors that take longer
because they boot kernels of their own, then watch until asked to stop.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from tasks.sandbox import paths, requirements, service
from tasks.sandbox.agent import Agent
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.lock import FolderLock
from tasks.sandbox.redis import Redis
from tasks.sandbox.sandbox import Sandbox
from tasks.sandbox.web import Web

_LOOK_EVERY = 0.5  # s
_LONGEST_PAUSE = 30.0  # s between two attempts to start what keeps dying
_STEADY = 60.0  # s after which a service that ran counts as healthy again


class Asked(BaseException):
    """Someone asked us to stop: SIGINT, SIGTERM, SIGHUP, or the end of `make`."""


class Up:
    """The whole product on one machine. `start`, then `watch`, then `stop`.

    Hypervisors with kernels of their own come after `start`, by `add_user_mode` or, in the
    background, by `add_user_modes`.
    """

    def __init__(self, var: Path, names: Sequence[str], port: int) -> None:
        self.var = var
        self.logs = var / "log"
        self.redis = Redis(var / "redis", self.logs / "redis.log")
        self.web = Web(var, self.logs / "web.log", self.redis, port)
        self.sandbox: Sandbox | None = None
        self.agents: list[Agent] = []
        self._names = names
        self._lock = FolderLock(var)
        self._background = ThreadPoolExecutor(max_workers=2)
        self._busy: set[str] = set()
        self._stopping = False
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    def start(self) -> dict[str, str]:
        """Start everything; returns the login made for this start."""
        self._lock.take()
        with _step("Redis"):
            self.redis.start()
        with _step("database"):
            self.web.migrate()
        with _step("web server and hypervisors"), ThreadPoolExecutor() as pool:
            self.web.launch()
            hypervisors = pool.submit(self._start_hypervisors)
            login = pool.submit(self.web.manage_json, "sandbox_login")
            hypervisors.result()
            tokens = [
                pool.submit(self.web.manage_json, "hypervisor_add", one.name)
                for one in (self.sandbox.hypervisors if self.sandbox else ())
            ]
            self.web.wait_ready()
            answers = [token.result() for token in tokens]
            made_for_this_start: dict[str, str] = login.result()
        if self.sandbox:
            with _step("enrolment and agents"), ThreadPoolExecutor() as pool:
                list(pool.map(self._enrol, self.agents, answers))
        return made_for_this_start

    def _start_hypervisors(self) -> None:
        stopping = [str(finding) for finding in requirements.missing() if finding.stops]
        if stopping:  # labs can still be drawn and checked, so the rest goes on
            print("\n".join(["No hypervisor can run here:", *stopping]), flush=True)
            return
        guest = paths.guest_dir() if paths.guest_dir().is_dir() else None
        sandbox = Sandbox(self.var / "sandbox", self._names, images=guest, fresh=False)
        sandbox.start()
        self.sandbox = sandbox
        sandbox.publish(self.web.port)
        sandbox.publish(self.redis.port)
        self.agents = [
            Agent(one, self.logs / f"agent-{one.name}.log") for one in sandbox.hypervisors
        ]

    def _enrol(self, agent: Agent, answer: dict[str, str]) -> None:
        agent.enrol(self.web.url_for_agents, answer["token"])
        agent.start()

    def add_user_modes(self, names: Sequence[str]) -> None:
        """Start them in the background, and say of each that it is there or why not."""
        for name in names:
            self._in_background(name, partial(self._add_and_say, name))

    def _add_and_say(self, name: str) -> None:
        began = time.monotonic()
        self.add_user_mode(name)
        self._say(f"{name} is there ({time.monotonic() - began:.1f} s)")

    def add_user_mode(self, name: str) -> Agent:
        """Boot one more hypervisor, enrol it and wait until its agent is connected."""
        if self.sandbox is None:
            raise SandboxError(f"{name} cannot be started: no hypervisor can run here")
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(self.web.manage_json, "hypervisor_add", name)
            hypervisor = self.sandbox.add_user_mode(name)
            token = answer.result()["token"]
        agent = Agent(hypervisor, self.logs / f"agent-{name}.log")
        self.agents.append(agent)
        agent.enrol_and_start(self.web.url_for_agents, token)
        return agent

    def _in_background(self, name: str, work: Callable[[], None]) -> None:
        """Do what takes seconds beside the watch, which leaves the hypervisor alone meanwhile."""

        def guarded() -> None:
            try:
                if not self._stopping:
                    work()
            except SandboxError as error:
                self._say(f"{name} could not be started: {error}")
            except Exception:
                self._say(f"{name} could not be started:\n{traceback.format_exc()}")
            finally:
                self._busy.discard(name)

        self._busy.add(name)
        self._background.submit(guarded)

    def _say(self, words: str) -> None:
        if not self._stopping:
            print(words, flush=True)

    def watch(self) -> None:
        """Restart what dies, a little later each time. Returns only by being interrupted."""
        while True:
            time.sleep(_LOOK_EVERY)
            for hypervisor in list(self.sandbox.hypervisors) if self.sandbox else ():
                if not hypervisor.running and hypervisor.name not in self._busy:
                    name = hypervisor.name
                    reboot = partial(self._in_background, name, partial(self._reboot, name))
                    self._revive(name, reboot, "has died.")
            for each in (self.redis, self.web, *self.agents):
                if isinstance(each, Agent) and (
                    each.hypervisor.name in self._busy or not each.hypervisor.running
                ):
                    continue  # its machine first
                status = each.ended()
                if status is not None:
                    words = f"{service.describe(status)}\n  The end of {each.log}:"
                    self._revive(each.name, each.launch, f"{words}\n{each.last_lines()}\n ")
                elif time.monotonic() - each.started_at > _STEADY:
                    self._failures.pop(each.name, None)

    def _revive(self, name: str, start: Callable[[], None], what: str) -> None:
        """Say that it died, once, and start it when its pause is over."""
        now = time.monotonic()
        if name not in self._not_before:
            failures = self._failures.get(name, 0)
            self._failures[name] = failures + 1
            pause = min(2.0**failures, _LONGEST_PAUSE)
            self._not_before[name] = now + pause
            print(f"{name} {what} Starting it again in {pause:.0f} s.", flush=True)
        elif now >= self._not_before[name]:
            del self._not_before[name]
            try:
                start()
            except SandboxError as error:
                print(f"{name} could not be started: {error}", flush=True)

    def _reboot(self, name: str) -> None:
        assert self.sandbox is not None
        self.sandbox.reboot(name)
        self._say(f"{name} runs again.")

    def stop(self) -> None:
        """End everything, the agents before what they talk to."""
        self._stopping = True
        for each in (*self.agents, self.web):
            each.ask_to_stop()
        for each in (*self.agents, self.web):
            each.stop()
        if self.sandbox is not None:
            self.sandbox.stop()
        self._background.shutdown(cancel_futures=True)
        self.redis.stop()
        self._lock.release()


def up(var: Path, names: Sequence[str], user_mode: Sequence[str], port: int) -> int:
    """Run until asked to stop; returns the exit status for the shell."""
    print("Starting Trunkline:", flush=True)
    began = time.monotonic()
    everything: Up | None = None
    status = 0
    with _interruptible():
        try:
            everything = Up(var, names, port)
            login = everything.start()
            later = user_mode if everything.sandbox else ()
            _say_where(everything, login, later, time.monotonic() - began)
            everything.add_user_modes(later)
            everything.watch()
        except Asked:
            print("\nStopping.", flush=True)
        except SandboxError as error:
            print(f"error: {error}", flush=True)
            status = 1
        finally:
            _deaf()
            if everything is not None:
                everything.stop()
    return status


def _say_where(everything: Up, login: dict[str, str], later: Sequence[str], seconds: float) -> None:
    sandbox = everything.sandbox
    hypervisors = [one.name for one in sandbox.hypervisors] if sandbox else []
    lines = [
        f"Trunkline is up ({seconds:.1f} s)",
        "",
        f"  address      {everything.web.url}",
        f"  user name    {login['username']}",
        f"  password     {login['password']}",
        "",
        f"  hypervisors  {', '.join(hypervisors) or 'none: see above'}",
        *([f"  to come      {', '.join(later)}, with kernels of their own"] if later else ()),
        f"  logs         {everything.logs}",
        "",
        "Ctrl-C stops everything.",
    ]
    for finding in sandbox.missing if sandbox else ():
        print(f"note: {finding}")
    width = max(len(line) for line in lines)
    print(f"\n┌─{'─' * width}─┐")
    for line in lines:
        print(f"│ {line.ljust(width)} │")
    print(f"└─{'─' * width}─┘", flush=True)


@contextmanager
def _step(what: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"  {what} ...", flush=True)
    yield
    print(f"  {what}: {time.monotonic() - began:.1f} s", flush=True)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise Asked in the main thread for a signal, and when the `make` that ran us is gone."""

    def asked(number: int, frame: FrameType | None) -> None:
        _deaf()  # one is enough: a second Ctrl-C must not tear the cleaning up
        raise Asked

    before: dict[signal.Signals, Any] = {
        number: signal.signal(number, asked) for number in _SIGNALS
    }
    if "MAKELEVEL" in os.environ:
        # A killed `make` would leave us behind, printing into a terminal that nobody reads.
        threading.Thread(target=_follow, args=(os.pidfd_open(os.getppid()),), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _follow(parent: int) -> None:
    select.select([parent], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


def _deaf() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
