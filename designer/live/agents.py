"""The agent's socket: who it is, what it asks, what it reports.

Messages are taken in the order in which they come, by one task; events that wait together are
written together. What comes faster than it is written waits in the agent's own socket, as the
inbox is small. An agent can ask for its own jobs and tell of its own work: every message is
resolved from the hypervisor that the credential belongs to, never from what the message claims.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from designer import wire
from designer.deploy.models import Hypervisor
from designer.deploy.reconcile import HEARTBEAT
from designer.live import agent_requests as requests
from designer.live.agent_allowance import Allowance
from designer.live.agent_database import run
from designer.live.agent_sweeper import ensure_running
from designer.live.agent_words import words_for
from designer.wire.agent import Assignments, EventTold, Fetch, Hello

log = logging.getLogger(__name__)

HELLO_WITHIN = 10
"""Seconds."""
MOST_WAITING = 256
"""Messages of one agent that wait to be written; above it, its socket is not read."""
MOST_A_SECOND = 2_000
"""Messages a second of one agent; above it, it waits."""
LARGE = 64 * 1024
"""Bytes above which a message is read in a thread."""

PASSED_ON = ("cancel", "check", "probe", "act", "forget", "console")
"""Words that are for the agent itself; others are about its connection."""

# Codes of our own (RFC 6455, 7.4.2: 4000 to 4999).
REPLACED, REFUSED, FAILED = 4001, 4003, 4011


class AgentConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One connection of one agent."""

    hypervisor: Hypervisor
    session: UUID
    boot = ""
    closing = False

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels has it, but for tidying up database connections before every frame: our
        database work does that itself, in its own threads."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Refuses the handshake (HTTP 403) without a good credential."""
        self.tasks: list[asyncio.Task[None]] = []
        self.inbox: asyncio.Queue[Any] = asyncio.Queue(MOST_WAITING)
        self.welcomed = asyncio.Event()
        found = await run(requests.authenticate, self._authorization())
        if found is None:
            await self.close()
            return
        self.hypervisor, self.session = found, uuid4()
        self.allowance = Allowance(MOST_A_SECOND)
        await self.accept()
        ensure_running()
        self.tasks.append(asyncio.create_task(self._converse(), name=f"agent {found.name}"))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Read the message, and wait where too many do already."""
        if self.closing:
            return
        if text_data is None:
            await self._refuse("Messages are JSON in text frames.")
            return
        try:
            if len(text_data) > LARGE:
                message = await asyncio.to_thread(wire.read_agent_message, text_data)
            else:
                message = wire.read_agent_message(text_data)
        except wire.BadMessage as error:
            await self._refuse(str(error))
            return
        await self.inbox.put(message)

    async def disconnect(self, code: int) -> None:
        self.closing = True
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.boot:
            with suppress(DatabaseError):
                await run(requests.hang_up, self.hypervisor.pk, self.session)

    async def _converse(self) -> None:
        """From hello to the end of the connection."""
        try:
            if await self._greet():
                while True:
                    await self._take(await self._waiting())
        except requests.Replaced:
            await self.close(REPLACED)
        except DatabaseError as error:
            log.warning("%s: %s; it comes again", self.hypervisor.name, error)
            await self.close(FAILED)
        except Exception:
            log.exception("The connection of %s failed; it comes again", self.hypervisor.name)
            await self.close(FAILED)

    async def _greet(self) -> bool:
        """Whether the agent is one of ours, and speaks as we do."""
        try:
            hello = await asyncio.wait_for(self.inbox.get(), HELLO_WITHIN)
        except TimeoutError:
            await self._refuse(f"No hello came within {HELLO_WITHIN} s.")
            return False
        if not isinstance(hello, Hello):
            await self._refuse("The first message is a hello.")
            return False
        if hello.protocol != wire.PROTOCOL:
            await self._refuse(
                f"The agent (version {hello.version}) speaks protocol {hello.protocol}, this "
                f"controller (version {wire.VERSION}) speaks {wire.PROTOCOL}. Bring both to one "
                "version."
            )
            return False
        await self._listen()  # before we are the live one: who comes after us is heard of
        acked = await run(requests.greet, self.hypervisor, self.session, hello)
        self.boot = hello.boot
        await self._say(
            {"type": "welcome", "heartbeat_seconds": HEARTBEAT, "name": self.hypervisor.name}
        )
        if acked:
            await self._say({"type": "ack", "n": acked})
        self.welcomed.set()
        return True

    async def _waiting(self) -> list[Any]:
        """Everything that waits, at least one message; not more a second than may come."""
        messages = [await self.inbox.get()]
        with suppress(asyncio.QueueEmpty):
            while len(messages) < MOST_WAITING:
                messages.append(self.inbox.get_nowait())
        if pause := self.allowance.take(len(messages)):
            await asyncio.sleep(pause)
        return messages

    async def _take(self, messages: list[Any]) -> None:
        events: list[tuple[int, Any]] = []
        for message in messages:
            if isinstance(message, EventTold):
                events.append((message.n, message.event))
                continue
            await self._record(events)
            events = []
            await self._answer(message)
        await self._record(events)

    async def _record(self, events: list[tuple[int, Any]]) -> None:
        if events:
            acked = await run(
                requests.record, self.hypervisor.pk, self.session, self.boot, events
            )  # fmt: skip
            await self._say({"type": "ack", "n": acked})

    async def _answer(self, message: Any) -> None:
        if isinstance(message, Fetch):
            job = await run(requests.fetch, self.hypervisor.pk, self.session, message)
            if job is None:
                await self._say({"type": "gone", "request": message.request})
            else:
                await self._say({"type": "desired", "request": message.request, "job": job})
        elif isinstance(message, Assignments):
            jobs = await run(requests.assignments, self.hypervisor.pk, self.session)
            await self._say({"type": "assigned", "request": message.request, "jobs": jobs})
        else:
            await self._refuse("There is one hello to a connection.")

    async def _listen(self) -> None:
        ready = asyncio.Event()
        self.tasks.append(asyncio.create_task(self._pass_words_on(ready)))
        await ready.wait()

    async def _pass_words_on(self, ready: asyncio.Event) -> None:
        async for word in words_for(self.hypervisor.pk, ready):
            if word["type"] in PASSED_ON:
                await self.welcomed.wait()  # the first word that an agent hears is the welcome
                await self._say(word)
            elif self.boot and not await run(requests.seen, self.hypervisor.pk, self.session):
                await self.close(REPLACED)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        if not self.closing:
            self.closing = True
            await super().close(code, reason)
            while not self.inbox.empty():
                self.inbox.get_nowait()  # lets go of a receive() that waits to put one more

    async def _say(self, message: dict[str, Any]) -> None:
        if self.closing:
            return
        await self.send(json.dumps(message, separators=(",", ":"), ensure_ascii=False))

    async def _refuse(self, reason: str) -> None:
        await self._say({"type": "refused", "reason": reason})
        await self.close(REFUSED)

    def _authorization(self) -> str:
        for name, value in self.scope.get("headers", ()):
            if name == b"authorization":
                return str(value.decode("latin1"))
        return ""
