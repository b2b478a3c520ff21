"""The agent's socket of a console: dialled out by the agent for one console that it was asked for
over its connection, with the same credential. Its bytes wait in nobody's way there.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from designer import wire
from designer.deploy import consoles
from designer.live import agent_requests
from designer.live.agent_database import run
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
from designer.wire.console import ConsoleHello, Over, Taken

log = logging.getLogger(__name__)

UNKNOWN = 4404
FAILED = 1011
HELLO_WITHIN = 10.0
"""Seconds."""
FRAMES_A_SECOND = 5_000.0


async def console_agent_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI. Refuses the handshake (HTTP 403) without a good credential."""
    await receive()
    found = await run(agent_requests.authenticate, _authorization(scope))
    if found is None:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    socket = Socket(receive, send, wire.read_console_from_agent, rate=FRAMES_A_SECOND)
    code, reason = 1000, ""
    try:
        await _splice(socket, await _announced(socket, found.pk))
    except Gone as error:
        log.info("A console of %s ends: %s", found.name, error)
    except Closing as closing:
        log.warning("A console of %s ends: %s", found.name, closing.reason)
        code, reason = closing.code, closing.reason
    except Exception:
        log.exception("A console of %s failed", found.name)
        code = FAILED
    finally:
        await socket.close(code, reason)


async def _announced(socket: Socket, hypervisor_id: UUID) -> str:
    """The console that the socket is for, which has to be one that this agent was asked for."""
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            hello = await socket.hear()
    except TimeoutError:
        raise Closing(MALFORMED, f"No hello came within {HELLO_WITHIN:.0f} s.") from None
    if not isinstance(hello, ConsoleHello):
        raise Closing(MALFORMED, "The first message is a hello.")
    if not await asyncio.to_thread(consoles.admit, hello.console, hypervisor_id):
        raise Closing(UNKNOWN, "Nobody waits for this console.")
    return hello.console


async def _splice(socket: Socket, console: str) -> None:
    async with Pipe(console, "agent") as pipe:
        await until_one_ends(_to_browser(socket, pipe), _to_agent(socket, pipe), pipe.beat())


async def _to_browser(socket: Socket, pipe: Pipe) -> None:
    while (heard := await socket.hear()) is not None:
        if isinstance(heard, bytes):
            await pipe.send(heard)
        elif isinstance(heard, ConsoleHello):
            raise Closing(MALFORMED, "There is one hello to a socket.")
        else:
            await pipe.send(heard.model_dump_json())
            if isinstance(heard, Over):
                return


async def _to_agent(socket: Socket, pipe: Pipe) -> None:
    async for frame in pipe.frames():
        if isinstance(frame, bytes):
            socket.ours.send(len(frame))
        else:
            message = wire.read_console_to_agent(frame)
            if isinstance(message, Taken):
                socket.theirs.taken(message.bytes)
        await socket.say(frame)


def _authorization(scope: Scope) -> str:
    for name, value in scope.get("headers", ()):
        if name == b"authorization":
            return str(value.decode("latin1"))
    return ""
