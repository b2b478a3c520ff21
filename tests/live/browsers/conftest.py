"""The cast with sessions, and a hub that ends with its test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.db import connections

from designer.labs.models import Lab, User
from designer.live.hub import hub
from tests.cast import make_cast
from tests.live.browsers.tab import Tab, signed_in

R = TypeVar("R")


@dataclass
class Stage:
    """The cast with a session each, and helpers to open tabs and to act in the database."""

    lab: Lab
    users: dict[str, User]
    sessions: dict[str, str]

    def tab(self, who: str, **more: Any) -> Tab:
        return Tab(self.lab.pk, self.sessions.get(who, ""), **more)

    async def do(self, action: Callable[..., R], *args: Any, **named: Any) -> R:
        result: R = await database_sync_to_async(action)(*args, **named)
        return result


@pytest.fixture
def cast_and_sessions(transactional_db: None, redis_url: str, settings: Any) -> Stage:
    settings.ALLOWED_HOSTS = ["testserver"]
    cast = make_cast()
    users = {"alice": cast.alice, "bob": cast.bob, "charlie": cast.charlie}
    return Stage(cast.lab, users, {name: signed_in(user) for name, user in users.items()})


@pytest_asyncio.fixture
async def stage(cast_and_sessions: Stage) -> AsyncIterator[Stage]:
    yield cast_and_sessions
    await hub().stop()
    await database_sync_to_async(connections.close_all)()
