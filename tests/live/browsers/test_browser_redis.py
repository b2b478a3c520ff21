"""Redis goes and comes back; the database has the truth all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.labs.actions.rename_lab import rename_lab
from designer.live import hub as hub_module
from designer.live.hub import hub
from tests.live.browsers.conftest import Stage
from tests.redis_server import RedisServer


@pytest.fixture
def own_redis(tmp_path: Path, redis_url: str, settings: Any) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    settings.REDIS_URL = server.url
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "RECONNECT", 0.1)
    monkeypatch.setattr(hub_module, "PULSE_ALONE", 0.1)
    monkeypatch.setattr(hub_module, "SUBSCRIBED_WITHIN", 0.2)


async def test_events_come_while_redis_is_away_and_after(
    own_redis: RedisServer, stage: Stage
) -> None:
    async with stage.tab("alice") as tab:
        await tab.hear()
        own_redis.stop()
        await stage.do(rename_lab, stage.lab, author=None, name="Away")
        assert (await tab.hear_event())["event"]["name"] == "Away"
        own_redis.start()
        await asyncio.wait_for(hub().connected.wait(), 15)
        await stage.do(rename_lab, stage.lab, author=None, name="Back")
        assert (await tab.hear_event())["event"]["name"] == "Back"
        # And again by Redis, not by looking.
        await asyncio.wait_for(hub().rooms[stage.lab.pk].subscribed.wait(), 15)


async def test_a_lab_opens_while_redis_is_away(own_redis: RedisServer, stage: Stage) -> None:
    own_redis.stop()
    async with stage.tab("alice") as tab:
        assert (await tab.hear())["type"] == "snapshot"
        await stage.do(rename_lab, stage.lab, author=None, name="Away")
        assert (await tab.hear_event())["event"]["name"] == "Away"


async def test_a_foreign_word_on_the_channel_harms_nobody(redis_url: str, stage: Stage) -> None:
    import redis

    async with stage.tab("alice") as tab:
        await tab.hear()
        with redis.Redis.from_url(redis_url) as client:
            for word in ("", "x", "people", "people me {", "1e3 {}", "ask", "\xff", "people me 5"):
                client.publish(f"lab.{stage.lab.pk}", word)
        await stage.do(rename_lab, stage.lab, author=None, name="Fine")
        assert (await tab.hear_event())["event"]["name"] == "Fine"
