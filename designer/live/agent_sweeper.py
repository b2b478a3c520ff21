"""The periodic look of :mod:`designer.deploy.reconcile`, once in every server process that has
sockets. Processes do not agree on turns: the look is safe at any time, and cheap."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakKeyDictionary

from designer.deploy import reconcile
from designer.live.agent_database import run

log = logging.getLogger(__name__)

_running: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


def ensure_running() -> None:
    """Start it in this event loop if it does not run there. Call it when a socket connects:
    without any there is nobody to tell."""
    loop = asyncio.get_running_loop()
    task = _running.get(loop)
    if task is None or task.done():
        _running[loop] = loop.create_task(_sweep_for_ever(), name="sweeper")


async def stop() -> None:
    """End it in this event loop."""
    task = _running.pop(asyncio.get_running_loop(), None)
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep_for_ever() -> None:
    while True:
        try:
            await run(reconcile.sweep)
        except Exception:
            log.exception("The periodic look failed; the next one comes all the same")
        await asyncio.sleep(reconcile.EVERY)
