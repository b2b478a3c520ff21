"""A lab with a VM on a hypervisor, people with sessions, and both ends of a console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import pytest_asyncio
import redis
from channels.db import database_sync_to_async
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from designer.deploy.models import LabStatus
from designer.labs.models import Lab, Team, User
from designer.live import agent_sweeper
from tests.deploy.world import FakeAgent, make_agent, make_lab, make_user
from tests.live.agents.line import Line
from tests.live.browsers.tab import signed_in
from tests.live.consoles.ends import AgentEnd, BrowserEnd

R = TypeVar("R")

ONE_VM = """
trunkline: 1
name: One VM
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1, name: br0}
  vm1: {kind: vm, host: h1, kernel: tiny.vmlinuz, initrd: tiny.initrd}
  vm2: {kind: vm, host: h1, kernel: tiny.vmlinuz, initrd: tiny.initrd}
"""


@dataclass
class Stage:
    """Alice and Bob of one team, Charlie of another; vm1 stands on hv1, vm2 is only drawn."""

    lab: Lab
    other: Lab
    users: dict[str, User]
    sessions: dict[str, str]
    hv1: FakeAgent
    hv2: FakeAgent

    async def do(self, action: Callable[..., R], *args: Any, **named: Any) -> R:
        result: R = await database_sync_to_async(action)(*args, **named)
        return result

    def line(self, agent: FakeAgent | None = None) -> Line:
        """The agent's own connection."""
        agent = agent or self.hv1
        return Line(f"Bearer {agent.hypervisor.pk}.{agent.secret}")

    async def ask(
        self, who: str = "alice", node: str = "vm1", *, kind: str = "serial", **more: Any
    ) -> Any:
        """The API's answer."""
        return await self.do(self._ask, who, node, {"kind": kind, **more})

    def _ask(self, who: str, node: str, body: dict[str, Any]) -> Any:
        client = Client(headers={"host": "testserver"})
        client.cookies["trunkline_session"] = self.sessions.get(who, "")
        return client.post(
            f"/api/labs/{self.lab.pk}/vms/{node}/console", body, content_type="application/json"
        )

    async def token(self, who: str = "alice", **more: Any) -> str:
        answer = await self.ask(who, **more)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["token"])

    def browser(self, who: str = "alice", **more: Any) -> BrowserEnd:
        return BrowserEnd(self.lab.pk, self.sessions.get(who, ""), **more)

    def agent(self, agent: FakeAgent | None = None) -> AgentEnd:
        agent = agent or self.hv1
        return AgentEnd(f"Bearer {agent.hypervisor.pk}.{agent.secret}")


@pytest.fixture
def kept(redis_url: str) -> Iterator[Any]:
    """Redis, as whoever reads it sees it."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def made(
    transactional_db: None, redis_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    settings.ALLOWED_HOSTS = ["testserver"]
    # Threads that keep a connection to the test database would keep it from being removed.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    team, others = Team.objects.create(name="Wiring"), Team.objects.create(name="Others")
    users = {
        "alice": make_user("alice", team),
        "bob": make_user("bob", team),
        "charlie": make_user("charlie", others),
    }
    lab, hv1 = make_lab(team, ONE_VM), make_agent("hv1")
    LabStatus.objects.create(
        lab=lab, ref="nodes/vm1", hypervisor=hv1.hypervisor, state="ok", at=timezone.now()
    )
    return Stage(
        lab,
        make_lab(others, ONE_VM),
        users,
        {name: signed_in(user) for name, user in users.items()},
        hv1,
        make_agent("hv2"),
    )


@pytest_asyncio.fixture
async def stage(made: Stage) -> AsyncIterator[Stage]:
    yield made
    await agent_sweeper.stop()
    await database_sync_to_async(connections.close_all)()
