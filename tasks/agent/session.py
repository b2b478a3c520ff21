"""The agent's one connection to its controller: requests and answers, events and their
acknowledgement, and what the controller says unasked.

A thread with an asyncio loop of its own, so that the network never waits for the kernel or for
libvirt, nor they for it. Everything else talks to it from its own thread through the methods of
`Session`. The connection is dialled out, kept alive by pings, and made again for ever, with
growing and jittered pauses; what was not acknowledged is sent again (`tasks.agent.outbox`).

A controller that refuses us (another protocol version, a credential that is no longer good) is
asked again too, but slowly, as only a person can mend it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from designer.wire import BadMessage, read_controller_message
from designer.wire import agent as wire
from designer.wire.reading import LARGEST_TO_AGENT
from tasks.agent.credential import Credential
from tasks.agent.errors import Unreachable
from tasks.agent.outbox import Outbox

log = logging.getLogger("trunkline.session")

Request = wire.Fetch | wire.Assignments
Errand = wire.Check | wire.Probe | wire.Act | wire.Forget
"""What the controller wants tried or done, unasked: see `tasks.agent.reach`."""
Unasked = Errand | wire.OpenConsole
"""Consoles too: see `tasks.agent.consoles`."""
Assignments = Sequence[wire.Assigned.Assignment]

_BEATS_UNANSWERED = 3


class Refused(Exception):
    """The controller will not have us, in its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds."""

    answer: float = 10
    """For the controller to answer a request, or to take a new connection."""
    first_retry: float = 0.25
    longest_retry: float = 15
    refused_retry: float = 60
    goodbye: float = 1
    """For the last events to be acknowledged when the agent stops."""


class Session:
    """Thread-safe. `hello` makes the greeting of a boot. The `on_…` are called in the session's
    thread and must return at once; what is assigned is told with each heartbeat."""

    def __init__(
        self,
        credential: Credential,
        hello: Callable[[str], wire.Hello],
        *,
        on_welcome: Callable[[], None] = lambda: None,
        on_cancel: Callable[[str, int], None] = lambda _deployment, _generation: None,
        on_assigned: Callable[[Assignments], None] = lambda _jobs: None,
        on_errand: Callable[[Unasked], None] = lambda _errand: None,
        patience: Patience = Patience(),
    ) -> None:
        self.boot = str(uuid.uuid4())
        """Of this start of the agent; event numbers count within it."""
        self.connected = threading.Event()
        self._credential = credential
        self._hello = hello
        self._on_welcome = on_welcome
        self._on_cancel = on_cancel
        self._on_assigned = on_assigned
        self._on_errand = on_errand
        self._patience = patience
        self._outbox = Outbox()
        self._requests: deque[Request] = deque()
        self._waiting: dict[str, Future[Any]] = {}
        self._request_number = 0
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._leaving = False
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """The agent is about to stop: whoever waits for an answer gets Unreachable now."""
        self._leaving = True
        self._fail_waiting("the agent stops")

    def wait_connected(self, seconds: float) -> None:
        """Return when there is a connection, when the agent stops, or after so long."""
        deadline = time.monotonic() + seconds
        while not (self._leaving or self.connected.wait(0.1)) and time.monotonic() < deadline:
            pass

    def stop(self) -> None:
        """Give the last events a moment to be acknowledged, then hang up."""
        if not self._thread.is_alive():
            return
        self._call(self._stopping.set)
        self._call(self._wake.set)
        self._thread.join(self._patience.goodbye + 3)

    def put(self, event: Mapping[str, Any]) -> None:
        """Send an event, now or when the controller can be reached; see `Outbox`."""
        self._outbox.put(event)
        self._call(self._wake.set)

    def ask_later(self, request: Request) -> Future[Any]:
        """Send a request, whose number is set here. The future gets the answer's model, or
        Unreachable."""
        answer: Future[Any] = Future()
        with self._lock:
            if self._leaving or not self.connected.is_set():
                answer.set_exception(Unreachable("there is no connection to the controller"))
                return answer
            self._request_number += 1
            number = str(self._request_number)
            self._waiting[number] = answer
            self._requests.append(request.model_copy(update={"request": number}))
        self._call(self._wake.set)
        return answer

    def fetch(self, deployment: str, generation: int) -> wire.Job | None:
        """The job of this name; None where the controller has none, or not any more.

        Raises Unreachable.
        """
        answer = self._ask(wire.Fetch(request="0", deployment=deployment, generation=generation))
        return answer.job if isinstance(answer, wire.Desired) else None

    def assignments(self) -> Assignments:
        """What there is to do here now. Raises Unreachable."""
        answer = self._ask(wire.Assignments(request="0"))
        return answer.jobs if isinstance(answer, wire.Assigned) else []

    def _ask(self, request: Request) -> Any:
        answer = self.ask_later(request)
        try:
            return answer.result(self._patience.answer)
        except NoAnswer:
            with self._lock:
                self._waiting = {n: one for n, one in self._waiting.items() if one is not answer}
            raise Unreachable(
                f"the controller did not answer {request.type} in {self._patience.answer:g} s"
            ) from None

    def _call(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the agent stops
            self._loop.call_soon_threadsafe(what)

    def _run(self) -> None:
        # A runner, and not only the loop: what a broken connection left for the loop's next turn,
        # its socket above all, is closed before the loop is.
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._connect_for_ever())

    async def _connect_for_ever(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = self._loop.time()
            try:
                await self._converse()
            except Refused as refusal:
                log.error("The controller refuses this hypervisor: %s", refusal)
                await self._rest(self._patience.refused_retry)
                continue
            except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
                if failures == 0:
                    log.warning(
                        "No connection to %s: %s", self._credential.controller, error or "no answer"
                    )
            except Exception:
                log.exception("The session failed; it starts again")
            lasted = self._loop.time() - began > self._patience.longest_retry
            failures = 0 if lasted else min(failures + 1, 10)
            pause = self._patience.first_retry * 2**failures
            await self._rest(min(pause, self._patience.longest_retry))

    async def _rest(self, seconds: float) -> None:
        """Wait about so long, or until the agent stops. Jittered, so that a controller that comes
        back does not meet all its agents at once."""
        with contextlib.suppress(TimeoutError):
            jittered = seconds * random.uniform(0.5, 1.5)  # noqa: S311  (no secret)
            await asyncio.wait_for(self._stopping.wait(), jittered)

    async def _converse(self) -> None:
        """One connection, from hello to its end."""
        try:
            socket = await self._dial()
        except InvalidStatus as error:
            status = error.response.status_code
            if status in (401, 403):
                raise Refused(
                    f"its credential is not accepted (HTTP {status}): enrol this hypervisor again"
                ) from None
            raise
        async with socket:
            await socket.send(self._hello(self.boot).model_dump_json())
            async with asyncio.timeout(self._patience.answer):
                welcome = _read(await socket.recv())
            if isinstance(welcome, wire.Refused):
                raise Refused(welcome.reason)
            if not isinstance(welcome, wire.Welcome):
                raise Refused("it answered hello with something else: is it a controller?")
            log.info("Connected to %s as %s", self._credential.controller, welcome.name)
            self._outbox.reconnected()
            self._wake.set()
            self.connected.set()
            self._on_welcome()
            beside = [
                asyncio.create_task(self._send(socket)),
                asyncio.create_task(self._beat(socket, welcome.heartbeat_seconds)),
            ]
            try:
                async for text in socket:
                    self._hear(_read(text))
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
                self._hang_up()

    async def _dial(self) -> ClientConnection:
        return await connect(
            self._credential.websocket,
            additional_headers={"Authorization": self._credential.bearer},
            max_size=LARGEST_TO_AGENT,
            open_timeout=self._patience.answer,
            close_timeout=1,
            ping_interval=10,
            ping_timeout=20,
        )

    async def _send(self, socket: ClientConnection) -> None:
        """Requests first, then events, whenever there are any; hangs up when stopping."""
        try:
            while not self._stopping.is_set():
                await self._send_all(socket)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.goodbye):
                    self._wake.set()
                    while len(self._outbox):
                        await self._send_all(socket)
        finally:
            await socket.close()

    async def _send_all(self, socket: ClientConnection) -> None:
        await self._wake.wait()
        self._wake.clear()
        while self._requests:
            await socket.send(self._requests.popleft().model_dump_json())
        while (numbered := self._outbox.take()) is not None:
            number, event = numbered
            await socket.send(json.dumps({"type": "event", "n": number, "event": event}))

    async def _beat(self, socket: ClientConnection, seconds: float) -> None:
        """A sign of life that the controller's own program hears, and we hear of its. The pings
        below show only that somebody holds the connection."""
        unanswered: list[Future[Any]] = []
        while len(unanswered) <= _BEATS_UNANSWERED:
            await asyncio.sleep(seconds)
            unanswered = [one for one in unanswered if not one.done()]
            unanswered.append(self.ask_later(wire.Assignments(request="0")))
            unanswered[-1].add_done_callback(self._hear_beat)
        log.warning("The controller has not answered for %g s", seconds * len(unanswered))
        await socket.close()

    def _hear_beat(self, answer: Future[Any]) -> None:
        if answer.exception() is None:
            self._on_assigned(answer.result().jobs)

    def _hear(self, message: object) -> None:
        match message:
            case wire.Ack(n=number):
                self._outbox.acknowledged(number)
                self._wake.set()
            case wire.Desired() | wire.Assigned() | wire.Gone():
                with self._lock:
                    answer = self._waiting.pop(message.request, None)
                if answer is not None:
                    answer.set_result(message)
            case wire.Cancel():
                self._on_cancel(message.deployment, message.generation)
            case wire.Check() | wire.Probe() | wire.Act() | wire.Forget() | wire.OpenConsole():
                self._on_errand(message)
            case wire.Refused():
                raise Refused(message.reason)

    def _hang_up(self) -> None:
        self.connected.clear()
        self._fail_waiting("the connection to the controller was lost")

    def _fail_waiting(self, why: str) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._requests.clear()
        for answer in waiting.values():
            answer.set_exception(Unreachable(why))


def _read(text: str | bytes) -> object:
    """None for what is not understood: a newer controller may say more than we know of."""
    try:
        return read_controller_message(text)
    except BadMessage as error:
        log.warning("The controller said something that is not understood: %s", error)
        return None
