"""What runs in a server process from its start to its end (ASGI lifespan)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from designer.live import agent_sweeper

Message = MutableMapping[str, Any]


async def lifespan(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """The periodic look goes on even while nobody is connected: a hypervisor that never came back
    after a restart of the server must not be shown as well for ever."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            agent_sweeper.ensure_running()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await agent_sweeper.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
