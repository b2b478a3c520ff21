"""A controller that speaks the agent's websocket for real, and is otherwise a list of jobs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from designer.wire import read_agent_message
from tasks.agent.credential import Credential

Job = dict[str, Any]


class Controller:
    """Runs in a thread. Everything that is heard is read with the controller's own models."""

    def __init__(self) -> None:
        self.jobs: dict[tuple[str, int], Job] = {}
        self.assigned = True
        """Whether jobs are told when asked for assignments."""
        self.acknowledge = True
        self.refuse: str | None = None
        self.secret = "secret"
        self.heartbeat = 10.0
        self.events: list[Job] = []
        """Each once, in order, as a controller takes them."""
        self.heard: list[tuple[str, int]] = []
        """(boot, n) of every event that came, repetitions included."""
        self.hellos: list[Any] = []
        self.requests: list[str] = []
        self.fetched: list[tuple[str, int]] = []
        self._last: dict[str, int] = {}
        self._sockets: set[ServerConnection] = set()
        self._open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.up()

    # What a test does

    @property
    def credential(self) -> Credential:
        return Credential(
            hypervisor="hv-1",
            name="model",
            controller=f"http://127.0.0.1:{self.port}",
            secret=self.secret,
            broker="redis://127.0.0.1:1/0",
        )

    def assign(self, job: Job) -> Job:
        """The only job of its lab from now on."""
        for name in [n for n, one in self.jobs.items() if one["lab"] == job["lab"]]:
            del self.jobs[name]
        self.jobs[job["deployment"], job["generation"]] = job
        return job

    def up(self) -> None:
        self._call(self._listen())

    def down(self) -> None:
        """No controller: connections break, new ones are refused by the kernel."""
        self._call(self._close())

    def drop(self) -> None:
        """Every connection breaks without a word."""
        for socket in list(self._sockets):
            self._loop.call_soon_threadsafe(socket.transport.abort)

    def tell(self, **message: Any) -> None:
        text = json.dumps(message)
        for socket in list(self._sockets):
            self._call(socket.send(text))

    def stop(self) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def of_kind(self, kind: str) -> list[Job]:
        return [one for one in list(self.events) if one["kind"] == kind]

    def outcomes(self) -> dict[tuple[str, int], str]:
        """How each job ended that was answered. One that is called for and found among what is
        assigned as well is answered twice, in the same words."""
        return {
            (one["deployment"], one["generation"]): one["outcome"]
            for one in self.of_kind("finished")
        }

    def finished(self, job: Job, within: float = 30) -> Job:
        """The answer to a job."""
        answer: Job = self.until(
            lambda: [
                one for one in self.of_kind("finished")
                if (one["deployment"], one["generation"]) == (job["deployment"], job["generation"])
            ],
            within,
        )[0]  # fmt: skip
        return answer

    def until(self, look: Callable[[], Any], within: float = 30) -> Any:
        return until(look, within)

    def statuses(self, lab: str) -> dict[str, Any]:
        """What a controller knows from the events so far."""
        known: dict[str, Any] = {}
        for event in self.of_kind("status"):
            if event["lab"] == lab:
                known = {} if event["complete"] else known
                known |= event["statuses"]
        return known

    # The server

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await serve(
            self._serve, "127.0.0.1", self.port, process_request=self._admit, max_size=2**26,
            close_timeout=0.2, create_connection=partial(_Tracked, self._open),  # type: ignore[arg-type]
        )  # fmt: skip
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            # Python 3.11 drops one that it has accepted and not begun with, when its server is
            # closed (Server._attach asserts): no more are accepted, then those come first.
            for listening in self._server.sockets:
                self._loop.remove_reader(listening.fileno())
            while begun := [task for task in asyncio.all_tasks() if _accepts(task)]:
                await asyncio.wait(begun)
            self._server.close(close_connections=False)
            # One that was accepted a moment ago has a task of its own before it is open.
            while self._open or asyncio.all_tasks() - {asyncio.current_task()}:
                for transport in list(self._open):
                    transport.abort()
                await asyncio.sleep(0.001)
            await self._server.wait_closed()
            self._server = None

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer hv-1.{self.secret}":
            return socket.respond(401, "no such hypervisor\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        with contextlib.suppress(Exception):
            await self._talk(socket)
        self._sockets.discard(socket)

    async def _talk(self, socket: ServerConnection) -> None:
        hello = read_agent_message(await socket.recv())
        self.hellos.append(hello)
        if self.refuse is not None:
            await socket.send(json.dumps({"type": "refused", "reason": self.refuse}))
            return
        await socket.send(
            json.dumps({"type": "welcome", "heartbeat_seconds": self.heartbeat, "name": "model"})
        )
        async for text in socket:
            message = read_agent_message(text)
            answer = self._answer(hello.boot, message, json.loads(text))
            if answer is not None:
                await socket.send(json.dumps(answer))

    def _answer(self, boot: str, message: Any, raw: Job) -> Job | None:
        self.requests.append(message.type)
        match message.type:
            case "fetch":
                self.fetched.append((message.deployment, message.generation))
                job = self.jobs.get((message.deployment, message.generation))
                if job is None:
                    return {"type": "gone", "request": message.request}
                return {"type": "desired", "request": message.request, "job": job}
            case "assignments":
                names = ("lab", "deployment", "generation")
                jobs = [{n: one[n] for n in names} for one in self.jobs.values()]
                return {
                    "type": "assigned",
                    "request": message.request,
                    "jobs": jobs if self.assigned else [],
                }
            case "event":
                self.heard.append((boot, message.n))
                if message.n == self._last.get(boot, 0) + 1:
                    self._last[boot] = message.n
                    self.events.append(raw["event"])
                if self.acknowledge:
                    return {"type": "ack", "n": self._last.get(boot, 0)}
        return None


def _accepts(task: asyncio.Task[Any]) -> bool:
    return getattr(task.get_coro(), "__name__", "") == "_accept_connection2"


class _Tracked(ServerConnection):
    """Says which connections are open, those in their handshake included."""

    def __init__(self, everybody: set[asyncio.Transport], *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._everybody = everybody

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._everybody.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._everybody.discard(self.transport)
        super().connection_lost(error)


def until(look: Callable[[], Any], within: float = 30) -> Any:
    """What `look` gives once it is true."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)
    return found
