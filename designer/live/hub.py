"""One Redis subscription for each server process, handed on in process.

    actions → database, then Redis channel of the lab → hub → room → outboxes → sockets

A message was encoded where it was made and goes through as it is. Redis carries the call, the
database the truth: where the two part (Redis gone, a message lost, an order turned round), the
room is brought up to date from the lab's kept events, or its browsers get a new snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import Coroutine
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from designer.deploy.placements import announce_choice
from designer.deploy.push import HYPERVISORS
from designer.labs import events
from designer.labs.errors import NotFound
from designer.labs.models import Lab, LabEvent
from designer.live import sessions, snapshots
from designer.live.people import People
from designer.live.room import Room, Seat

log = logging.getLogger(__name__)

PULSE = 5.0
"""Seconds between two comparisons with the database."""
PULSE_ALONE = 0.5
"""The same while Redis is away: then the database is all there is."""
RIGHTS_EVERY = 15.0
"""Seconds between two looks at whether the sockets may still be here."""
RECONNECT = 1.0
SUBSCRIBED_WITHIN = 3.0
CONTROL = "trunkline.hub"
"""A channel that is always subscribed, so that the connection has something to read."""

SIGNED_OUT = 4401
NOT_FOUND = 4404

_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """This event loop's hub; a server process has one loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    """Joins sockets to rooms and rooms to Redis."""

    def __init__(self) -> None:
        self.process = uuid.uuid4().hex
        self.rooms: dict[UUID, Room] = {}
        self.connected = asyncio.Event()
        self._redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            # Never reconnected in silence: we must know, to look for what was missed.
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=3,
            socket_keepalive=True,
        )
        self._pubsub: Any = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running: list[asyncio.Task[None]] = []
        self._reads: dict[UUID, asyncio.Task[snapshots.Shared]] = {}
        self._reading = asyncio.Lock()
        self._checked = time.monotonic()

    async def join(self, lab_id: UUID, seat: Seat) -> Room:
        """Takes a seat. From now on its outbox gathers every event of the lab."""
        if not self._running:
            self._running = [
                asyncio.create_task(self._listen(), name="hub listens"),
                asyncio.create_task(self._pulse(), name="hub compares"),
            ]
        room = self.rooms.get(lab_id)
        if room is None:
            room = self.rooms[lab_id] = self._make_room(lab_id)
            await self._subscribe(room)
        room.seats.add(seat)
        if not room.subscribed.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(room.subscribed.wait(), SUBSCRIBED_WITHIN)
        return room

    async def leave(self, room: Room, seat: Seat) -> None:
        room.seats.discard(seat)
        room.people.leave(seat.client)
        if not room.seats and self.rooms.get(room.lab_id) is room:
            del self.rooms[room.lab_id]
            room.close()
            await self._command("unsubscribe", events.channel_of(room.lab_id))

    async def snapshot(self, room: Room) -> snapshots.Shared:
        """Read after this call began. Callers who come while one waits its turn share it: a
        hundred browsers that come back at once cost one reading."""
        read = self._reads.get(room.lab_id)
        if read is None:
            read = self._reads[room.lab_id] = asyncio.create_task(self._read(room.lab_id))
        shared = await asyncio.shield(read)
        room.place(shared.seq)
        return shared

    async def stop(self) -> None:
        """Leaves Redis. A server process keeps its hub; tests end theirs."""
        running, self._running = [*self._running, *self._tasks], []
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._redis.aclose()

    # Redis

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                log.warning("Redis is away, events come from the database until then: %s", error)
            finally:
                self.connected.clear()
                pubsub, self._pubsub = self._pubsub, None
                for room in self.rooms.values():
                    room.subscribed.clear()
                if pubsub is not None:
                    with contextlib.suppress(RedisError, OSError):
                        await pubsub.aclose()
            await asyncio.sleep(RECONNECT)

    async def _listen_once(self) -> None:
        pubsub = self._redis.pubsub()
        try:
            channels = [events.channel_of(lab_id) for lab_id in self.rooms]
            await pubsub.subscribe(CONTROL, HYPERVISORS, *channels)
            self._pubsub = pubsub
            self.connected.set()
            # Rooms that came while we subscribed, and what was missed while we were away.
            for room in list(self.rooms.values()):
                if events.channel_of(room.lab_id) not in channels:
                    await self._subscribe(room)
                self._mend(room)
            async for message in pubsub.listen():
                self._heard(message)
        finally:
            if self._pubsub is not pubsub:
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    def _heard(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if channel == HYPERVISORS and message["type"] == "message":
            self._spawn(self._tell_of_hypervisors())
        if not channel.startswith("lab."):
            return
        room = self.rooms.get(UUID(channel.removeprefix("lab.")))
        if room is None:
            return
        if message["type"] == "subscribe":
            room.subscribed.set()
            self._tell(room, "ask", "[]")
        elif message["type"] == "message":
            try:
                self._pass_on(room, message["data"].decode())
            except ValueError as error:
                log.warning("Something strange came on %s: %s", channel, error)

    def _pass_on(self, room: Room, text: str) -> None:
        head, _, rest = text.partition(" ")
        if head.isdecimal():
            room.receive(int(head), rest)
            return
        process, _, body = rest.partition(" ")
        if process == self.process:
            return
        if head == "ask":
            room.people.asked()
        elif head == "people":
            room.people.hear(process, json.loads(body))

    async def _tell_of_hypervisors(self) -> None:
        """To everyone who looks at a lab here: one came, went or fell silent."""
        for lab_id in list(self.rooms):
            await database_sync_to_async(announce_choice)(lab_id)

    async def _subscribe(self, room: Room) -> None:
        await self._command("subscribe", events.channel_of(room.lab_id))

    async def _command(self, name: str, channel: str) -> None:
        """Fails in silence where Redis is away: the listener subscribes to every room when it is
        back."""
        pubsub = self._pubsub
        if pubsub is not None and self.connected.is_set():
            with contextlib.suppress(RedisError, OSError):
                await getattr(pubsub, name)(channel)

    def _tell(self, room: Room, what: str, body: str) -> None:
        if self.connected.is_set():
            text = f"{what} {self.process} {body}"
            self._spawn(self._publish(events.channel_of(room.lab_id), text))

    async def _publish(self, channel: str, text: str) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._redis.publish(channel, text)

    # Rooms

    def _make_room(self, lab_id: UUID) -> Room:
        def show(text: str) -> None:
            for seat in room.seats:
                seat.outbox.show(text)

        people = People(show, lambda body: self._tell(room, "people", body))
        room = Room(lab_id, self._mend, people)  # the two functions above mean this one
        return room

    def _mend(self, room: Room) -> None:
        self._spawn(self._catch_up(room))

    async def _catch_up(self, room: Room) -> None:
        """From the lab's kept events; where they no longer reach back, by snapshots."""
        if room.last is None:
            return
        missed, newest = await database_sync_to_async(_events_after)(room.lab_id, room.last)
        for seq, text in missed:
            room.receive(seq, text)
        if room.last < newest:
            room.jump(newest)
            for seat in list(room.seats):
                seat.outbox.hold()
            shared = await self.snapshot(room)
            for seat in list(room.seats):
                seat.start(shared)

    async def _read(self, lab_id: UUID) -> snapshots.Shared:
        async with self._reading:
            del self._reads[lab_id]  # whoever comes from now on needs a later one
            shared: snapshots.Shared = await database_sync_to_async(snapshots.shared)(lab_id)
            return shared

    # The database

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE if self.connected.is_set() else PULSE_ALONE)
            try:
                await self._compare()
                if time.monotonic() - self._checked > RIGHTS_EVERY:
                    self._checked = time.monotonic()
                    await self._check_rights()
            except Exception:
                log.exception("The hub could not compare itself with the database")

    async def _compare(self) -> None:
        rooms = list(self.rooms.values())
        if not rooms:
            return
        newest = await database_sync_to_async(_newest)([room.lab_id for room in rooms])
        for room in rooms:
            room.people.beat()
            if room.lab_id not in newest:
                self._end(room.seats, NOT_FOUND)
            elif room.last is not None and newest[room.lab_id] > room.last:
                self._mend(room)

    async def _check_rights(self) -> None:
        seats = {
            seat: sessions.Right(seat.session, seat.user.pk, room.lab_id)
            for room in self.rooms.values()
            for seat in room.seats
        }
        lapsed = await database_sync_to_async(sessions.lapsed)(seats.values())
        for seat, right in seats.items():
            if right in lapsed:
                seat.outbox.close(NOT_FOUND if lapsed[right] is NotFound else SIGNED_OUT)

    @staticmethod
    def _end(seats: set[Seat], code: int) -> None:
        for seat in list(seats):
            seat.outbox.close(code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The hub stumbled", exc_info=error)


def _newest(lab_ids: list[UUID]) -> dict[UUID, int]:
    return dict(Lab.objects.filter(pk__in=lab_ids).values_list("pk", "seq"))


def _events_after(lab_id: UUID, seq: int) -> tuple[list[tuple[int, str]], int]:
    """The events after this one that can be had without a gap, and the newest number."""
    newest = Lab.objects.filter(pk=lab_id).values_list("seq", flat=True).first() or 0
    found: list[tuple[int, str]] = []
    rows = LabEvent.objects.filter(lab=lab_id, seq__gt=seq).order_by("seq")
    for number, body in rows.values_list("seq", "body"):
        if number != seq + len(found) + 1:
            break
        found.append((number, events.text_of(number, body)))
    return found, newest
