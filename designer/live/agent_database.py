"""Database work of agents' sockets: in threads of its own, so that a long plan of one agent holds
up neither the event loop nor the pages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="agents")


async def run(work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call ``work`` in one of the threads and wait for it without holding up anyone."""

    def fresh() -> R:
        close_old_connections()
        try:
            return work(*arguments, **named)
        finally:
            close_old_connections()

    return await sync_to_async(fresh, thread_sensitive=False, executor=_threads)()
