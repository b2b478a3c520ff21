"""The browser's socket of a console.

Let in by the first message, a token that is good once; shown out when the right behind it lapses.
From there on it is one end of a pipe (:mod:`designer.live.console_pipe`), and the agent's socket
the other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from designer import wire
from designer.deploy import consoles
from designer.deploy.consoles import Ticket, TooMany
from designer.labs.errors import NotFound
from designer.labs.models import User
from designer.live import sessions
from designer.live.console_ends import (
    MALFORMED,
    Closing,
    Receive,
    Scope,
    Send,
    Socket,
    until_one_ends,
)
from designer.live.console_pipe import Gone, Pipe
from designer.live.hub import NOT_FOUND, SIGNED_OUT
from designer.live.sessions import Right, SignedOut
from designer.wire.base import Message
from designer.wire.console import MOST_PEOPLE, Here, Opened, OpenWanted, Over, Taken

log = logging.getLogger(__name__)

BAD_TOKEN = 4403
FAILED = 1011
OVER = 1000

OPENS_WITHIN = 10.0
"""Seconds for the first message to come."""
ANSWERS_WITHIN = 20.0
"""Seconds for the agent to dial its socket and say how it went."""
RENEWS_EVERY = 5.0
"""Seconds between two looks at who else is here; every third also at the right to be."""
IDLE = 4 * 3600.0
"""Seconds without a key pressed after which a console that somebody forgot is closed."""
FRAMES_A_SECOND = 500.0
"""A pointer over a graphical console sends about a hundred."""


async def console_browser_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: accepted first and refused by code after, because a browser cannot read the status
    of a refused handshake."""
    await receive()
    await send({"type": "websocket.accept"})
    socket = Socket(receive, send, wire.read_console_from_browser, rate=FRAMES_A_SECOND)
    code, reason = FAILED, ""
    try:
        session = scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, "")
        lab_id = scope["url_route"]["kwargs"]["lab_id"]
        user, _ = await database_sync_to_async(sessions.admitted)(session, lab_id)
        ticket = await _shown(socket, session, lab_id)
        code, reason = await _Console(socket, ticket, Right(session, user.pk, lab_id), user).run()
    except Closing as closing:
        code, reason = closing.code, closing.reason
    except SignedOut:
        code, reason = SIGNED_OUT, "Sign in."
    except NotFound:
        code, reason = NOT_FOUND, "There is no such lab."
    except Exception:
        log.exception("A console's socket failed")
    finally:
        await socket.close(code, reason)


async def _shown(socket: Socket, session: str, lab_id: UUID) -> Ticket:
    """What the token of the first message opens."""
    try:
        async with asyncio.timeout(OPENS_WITHIN):
            message = await socket.hear()
    except TimeoutError:
        raise Closing(MALFORMED, f"No token came within {OPENS_WITHIN:.0f} s.") from None
    if message is None:
        raise Closing(OVER)
    if not isinstance(message, OpenWanted):
        raise Closing(MALFORMED, "The first message has the token.")
    ticket = await asyncio.to_thread(consoles.redeem, message.token, session, lab_id)
    if ticket is None:
        raise Closing(BAD_TOKEN, "This token opens nothing, or not any more. Ask for a new one.")
    return ticket


class _Console:
    """One console while it is open in one browser."""

    def __init__(self, socket: Socket, ticket: Ticket, right: Right, user: User) -> None:
        self._socket, self._ticket, self._right, self._user = socket, ticket, right, user
        self._typed = time.monotonic()
        self._opened = asyncio.Event()

    async def run(self) -> tuple[int, str]:
        """The code and reason to close with."""
        console = await asyncio.to_thread(consoles.begin, self._ticket)
        seat = self._ticket, console, self._user.pk, self._user.shown_name
        try:
            await asyncio.to_thread(consoles.sit, *seat)
            async with Pipe(console, "browser") as pipe:
                if not await asyncio.to_thread(consoles.ask, self._ticket, console):
                    return await self._over("away", "The hypervisor's agent is not connected.")
                await until_one_ends(
                    self._to_browser(pipe),
                    self._to_agent(pipe),
                    self._wait_for_agent(pipe),
                    self._renew(seat),
                )
        except TooMany as error:
            return await self._over("too-many", error.message)
        except (Gone, RedisError):
            return await self._over("away", "The connection to the hypervisor was lost.")
        finally:
            await asyncio.to_thread(_leave, *seat)
        return OVER, ""

    async def _to_browser(self, pipe: Pipe) -> None:
        async for frame in pipe.frames():
            if isinstance(frame, bytes):
                self._socket.ours.send(len(frame))
            else:
                message = wire.read_console_to_browser(frame)
                if isinstance(message, Opened | Over):
                    self._opened.set()
                elif isinstance(message, Taken):
                    self._socket.theirs.taken(message.bytes)
            await self._socket.say(frame)
            if isinstance(frame, str) and isinstance(message, Over):
                return
        await self._over("away", "The connection to the hypervisor was lost.")

    async def _to_agent(self, pipe: Pipe) -> None:
        while (heard := await self._socket.hear()) is not None:
            if not self._opened.is_set():
                raise Closing(MALFORMED, "Nothing may come before the console is open.")
            if isinstance(heard, bytes):
                self._typed = time.monotonic()
                await pipe.send(heard)
            elif isinstance(heard, Taken):
                await pipe.send(heard.model_dump_json())
            else:
                raise Closing(MALFORMED, "A socket is for one console.")

    async def _wait_for_agent(self, pipe: Pipe) -> None:
        """Returns where it does not answer; else for ever."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await self._opened.wait()
        except TimeoutError:
            await self._over("away", "The hypervisor's agent does not answer.")
            return
        await pipe.beat()

    async def _renew(self, seat: tuple[Ticket, str, int, str]) -> None:
        """Keep the seat, show who else is here, and look whether this one still may be."""
        shown: list[str] = []
        looks = 0
        while time.monotonic() - self._typed < IDLE:
            people = (await asyncio.to_thread(consoles.people, self._ticket))[:MOST_PEOPLE]
            if people != shown:
                shown = people
                await self._say(Here(people=[name[:80] for name in people]))
            await asyncio.sleep(RENEWS_EVERY)
            await asyncio.to_thread(consoles.sit, *seat)
            looks += 1
            if looks % 3 == 0:
                lapsed = await database_sync_to_async(sessions.lapsed)([self._right])
                for error in lapsed.values():
                    raise error
        await self._over("idle", f"Nobody typed here for {IDLE / 3600:.0f} hours.")

    async def _over(self, reason: str, words: str) -> tuple[int, str]:
        await self._say(Over.model_validate({"reason": reason, "words": words}))
        return OVER, ""

    async def _say(self, message: Message) -> None:
        await self._socket.say(message.model_dump_json())


def _leave(ticket: Ticket, console: str, user_id: int, name: str) -> None:
    try:
        consoles.leave(ticket, console, user_id, name)
    except RedisError as error:
        log.warning("A seat is left to expire: Redis says %s", error)
