"""The socket of one browser on one lab.

A bare ASGI application: Channels' consumer would ask the database thread to tidy up before every
frame, and pointers come twenty times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings

from designer import wire
from designer.labs import access, documents, strict
from designer.labs.actions.change_looks import change_looks
from designer.labs.actions.edit_lab import edit_lab
from designer.labs.errors import NotFound
from designer.labs.models import Lab, User
from designer.live import sessions
from designer.live.hub import NOT_FOUND, SIGNED_OUT, Hub, hub
from designer.live.limits import Bucket
from designer.live.outbox import Outbox
from designer.live.people import color_of
from designer.live.room import Room, Seat
from designer.live.sessions import SignedOut
from designer.topology.edits import Stale
from designer.topology.problems import InvalidDocument
from designer.wire.browser import EditWanted, LooksWanted, Ping, Presence, Resync

log = logging.getLogger(__name__)

MALFORMED = 4400
TOO_LARGE = 1009
TOO_MANY = 4429
FAILED = 1011

LARGEST = 4 * 1024 * 1024
"""Characters of one frame."""
RATE, BURST = 100.0, 300.0
"""Frames a second for long, and at once. A canvas sends about twenty."""
MOST_SHOWN = 100
"""Selected or dragged records that others are shown."""
CLOSES_WITHIN = 2.0
LONGEST_WORDS = 500

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Closing(Exception):
    """This socket ends, with a code that its browser understands."""

    def __init__(self, code: int, reason: str = "") -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


async def browser_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: accepted first and refused by code after, because a browser cannot read the status
    of a refused handshake."""
    await receive()
    await send({"type": "websocket.accept"})
    code, reason = FAILED, ""
    try:
        session = scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, "")
        lab_id = scope["url_route"]["kwargs"]["lab_id"]
        user, _ = await database_sync_to_async(sessions.admitted)(session, lab_id)
        seat = Seat(Outbox(), session, user, secrets.token_hex(4))
        code, reason = await _Browser(hub(), lab_id, seat, receive, send).run()
    except SignedOut:
        code, reason = SIGNED_OUT, "Sign in."
    except NotFound:
        code, reason = NOT_FOUND, "There is no such lab."
    except Exception:
        log.exception("A browser's socket failed")
    finally:
        with contextlib.suppress(Exception):
            closing = {"type": "websocket.close", "code": code, "reason": reason}
            await asyncio.wait_for(send(closing), CLOSES_WITHIN)


class _Browser:
    """One socket while it is open: one task reads, one writes, and whichever ends first ends
    both."""

    def __init__(self, hub: Hub, lab_id: UUID, seat: Seat, receive: Receive, send: Send) -> None:
        self.hub, self.lab_id, self.seat = hub, lab_id, seat
        self._receive, self._send = receive, send
        self._bucket = Bucket(RATE, BURST)
        self._room: Room | None = None

    async def run(self) -> tuple[int, str]:
        """The code and reason to close with."""
        room = self._room = await self.hub.join(self.lab_id, self.seat)
        reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._write())
        try:
            self.seat.start(await self.hub.snapshot(room))
            self._show(Presence())
            ends: set[asyncio.Future[Any]] = {reading, writing, self.seat.outbox.closed}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self.seat.outbox.closed.done():
                return self.seat.outbox.closed.result(), "The connection ends here."
            ended = reading if reading.done() else writing
            return await self._ending_of(ended)
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
            await self.hub.leave(room, self.seat)

    @staticmethod
    async def _ending_of(task: asyncio.Task[None]) -> tuple[int, str]:
        try:
            await task
        except Closing as closing:
            return closing.code, closing.reason
        return 1000, ""

    async def _write(self) -> None:
        while True:
            await self._send({"type": "websocket.send", "text": await self.seat.outbox.next()})

    async def _read(self) -> None:
        while True:
            frame = await self._receive()
            if frame["type"] == "websocket.disconnect":
                return
            message = self._understood(frame)
            if isinstance(message, Presence):
                self._show(message)
            elif isinstance(message, Ping):
                self.seat.outbox.answer('{"type":"pong"}')
            elif isinstance(message, Resync):
                await self._resync()
            elif isinstance(message, EditWanted):
                await self._edit(message)
            elif isinstance(message, LooksWanted):
                await self._looks(message)

    def _understood(self, frame: MutableMapping[str, Any]) -> Any:
        text = frame.get("text")
        if text is None:
            raise Closing(MALFORMED, "Binary frames mean nothing here.")
        if len(text) > LARGEST:
            raise Closing(TOO_LARGE, f"A frame may have {LARGEST} characters.")
        if not self._bucket.take():
            raise Closing(TOO_MANY, f"At most {RATE:.0f} messages a second.")
        try:
            strict.loads(text)
            return wire.read_browser_message(text)
        except (InvalidDocument, wire.BadMessage) as error:
            raise Closing(MALFORMED, _reason(str(error))) from None

    def _show(self, presence: Presence) -> None:
        assert self._room is not None
        drag = presence.drag
        self._room.people.set(
            self.seat.client,
            {
                "client": self.seat.client,
                "name": self.seat.user.shown_name,
                "color": color_of(self.seat.user.pk),
                "at": None if presence.at is None else presence.at.model_dump(),
                "selection": presence.selection[:MOST_SHOWN],
                "drag": drag
                and {ref: at.model_dump() for ref, at in list(drag.items())[:MOST_SHOWN]},
            },
        )

    async def _edit(self, wanted: EditWanted) -> None:
        """What was accepted comes back as the lab's next event, to everyone alike."""
        refusal = await database_sync_to_async(self._edit_now)(wanted)
        if refusal is not None:
            self.seat.outbox.answer(documents.encode(refusal))

    def _edit_now(self, wanted: EditWanted) -> dict[str, Any] | None:
        user, lab = self._admitted()
        try:
            edit_lab(
                lab,
                author=user,
                edit_id=wanted.edit_id,
                base=wanted.base,
                edit=wanted.edit,
                client=self.seat.client,
            )
        except Stale as stale:
            message = "Others changed the same things meanwhile."
            conflicts = [_shortened(dataclasses.asdict(one)) for one in stale.conflicts[:100]]
            return _refusal(lab, wanted.edit_id, "stale", message, conflicts=conflicts)
        except InvalidDocument as invalid:
            problems = [_shortened(dataclasses.asdict(one)) for one in invalid.problems[:100]]
            message = problems[0]["message"]
            return _refusal(lab, wanted.edit_id, "invalid", message, problems=problems)
        return None

    async def _looks(self, wanted: LooksWanted) -> None:
        """What cannot be kept is not kept, and a snapshot tells the browser so."""
        if not await database_sync_to_async(self._looks_now)(wanted):
            await self._resync()

    def _looks_now(self, wanted: LooksWanted) -> bool:
        user, lab = self._admitted()
        try:
            change_looks(lab, author=user, patch=wanted.patch, client=self.seat.client)
        except InvalidDocument:
            return False
        return True

    async def _resync(self) -> None:
        assert self._room is not None
        self.seat.outbox.hold()
        self.seat.start(await self.hub.snapshot(self._room))

    def _admitted(self) -> tuple[User, Lab]:
        """Asked again at each change: a session ends, a member leaves."""
        try:
            user = sessions.user_of(self.seat.session)
            return user, access.lab_for(user, self.lab_id)
        except SignedOut:
            raise Closing(SIGNED_OUT, "Sign in again.") from None
        except NotFound:
            raise Closing(NOT_FOUND, "There is no such lab.") from None


def _refusal(
    lab: Lab, edit_id: str, code: str, message: str, **places: list[dict[str, Any]]
) -> dict[str, Any]:
    revision = Lab.objects.values_list("revision", flat=True).get(pk=lab.pk)
    return {
        "type": "edit-refused",
        "edit_id": edit_id,
        "code": code,
        "message": message,
        "conflicts": [],
        "problems": [],
        **places,
        "revision": revision,
    }


def _reason(text: str) -> str:
    """As a close frame takes it: at most 123 bytes (RFC 6455, 5.5)."""
    return text.encode("ascii", "replace")[:120].decode()


def _shortened(place: dict[str, Any]) -> dict[str, Any]:
    return {
        name: text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"
        for name, text in place.items()
    }
