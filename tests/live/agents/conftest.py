"""Agents' sockets over a real Redis, and a database that threads share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.db import connection, connections

from designer.labs.models import Lab, Team, User
from designer.live import agent_sweeper
from tests.deploy.world import ONE_HOST, TWO_HOSTS, FakeAgent, make_agent, make_lab, make_user
from tests.live.agents.line import Line

R = TypeVar("R")


@dataclass
class Stage:
    """Alice and her labs, two hypervisors, and lines to them."""

    alice: User
    lab: Lab
    wide: Lab
    hv1: FakeAgent
    hv2: FakeAgent

    async def do(self, action: Callable[..., R], *args: Any, **named: Any) -> R:
        result: R = await database_sync_to_async(action)(*args, **named)
        return result

    def line(self, agent: FakeAgent, **more: Any) -> Line:
        return Line(f"Bearer {agent.hypervisor.pk}.{agent.secret}", **more)


@pytest.fixture
def made(transactional_db: None, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    # Threads that keep a connection to the test database would keep it from being removed.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    team = Team.objects.create(name="Wiring")
    return Stage(
        make_user("alice", team),
        make_lab(team, ONE_HOST),
        make_lab(team, TWO_HOSTS),
        make_agent("hv1"),
        make_agent("hv2"),
    )


@pytest_asyncio.fixture
async def stage(made: Stage) -> AsyncIterator[Stage]:
    yield made
    await agent_sweeper.stop()
    await database_sync_to_async(connections.close_all)()
