"""Pointers, selections and drags of everyone, across server processes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import redis

from designer.live.people import LIFETIME, People
from designer.wire import read_server_message
from tests.live.browsers.conftest import Stage

POINTING = {
    "type": "presence",
    "at": {"x": 3, "y": 4.5},
    "selection": ["nodes/c1"],
    "drag": {"nodes/c1": {"x": 1, "y": 2}},
}


async def test_people_see_each_other_come_point_and_go(stage: Stage) -> None:
    async with stage.tab("alice") as alice:
        await alice.hear()
        async with stage.tab("bob") as bob:
            await bob.hear()
            await alice.see(lambda people: {one["name"] for one in people} == {"alice", "bob"})
            await bob.say(POINTING)
            people = await alice.see(lambda people: any(one["drag"] for one in people))
            [shown] = [one for one in people if one["name"] == "bob"]
            assert (shown["at"], shown["selection"]) == ({"x": 3, "y": 4.5}, ["nodes/c1"])
            read_server_message(json.dumps({"type": "presence", "clients": people}))
        await alice.see(lambda people: [one["name"] for one in people] == ["alice"])


async def test_people_of_another_process_are_seen(redis_url: str, stage: Stage) -> None:
    dora: dict[str, Any] = {
        "client": "d", "name": "dora", "color": "#000000", "at": None, "selection": [],
        "drag": None,
    }  # fmt: skip
    channel = f"lab.{stage.lab.pk}"
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as pubsub:
        pubsub.subscribe(channel)
        async with stage.tab("alice") as alice:
            await alice.hear()
            client.publish(channel, "people other " + json.dumps([dora]))
            await alice.see(lambda people: {one["name"] for one in people} == {"alice", "dora"})
            client.publish(channel, "people other []")
            await alice.see(lambda people: [one["name"] for one in people] == ["alice"])
        words = []
        while (message := pubsub.get_message(timeout=1)) is not None:
            if message["type"] == "message":
                words.append(message["data"].decode().split(" ")[0])
    assert "ask" in words  # who came asked who was there already
    assert words.count("people") >= 3


async def test_people_of_a_process_that_died_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    people = People(shown.append, lambda body: None)
    people.hear("dead", [{"client": "d"}])
    people._flush()
    assert json.loads(shown[-1])["clients"] == [{"client": "d"}]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + LIFETIME + 1)
    people.beat()
    people._flush()
    assert json.loads(shown[-1])["clients"] == []
    people.close()
