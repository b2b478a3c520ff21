"""Frames that mean no good, and readers that do not read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from designer.labs import events
from designer.labs.models import Lab
from designer.live import browsers, outbox
from tests.live.browsers.conftest import Stage

BAD: dict[str, str] = {
    "nothing": "",
    "no JSON": "{",
    "no object": "[]",
    "a number": "1e2",
    "NaN": '{"type":"presence","at":{"x":NaN,"y":0}}',
    "a key twice": '{"type":"ping","type":"resync"}',
    "no type": "{}",
    "an unknown type": '{"type":"sudo"}',
    "a server's message": '{"type":"snapshot"}',
    "a field too many": '{"type":"ping","admin":true}',
    "a base as text": '{"type":"edit","edit_id":"a","base":"0","edit":{}}',
    "a base below nothing": '{"type":"edit","edit_id":"a","base":-1,"edit":{}}',
    "an edit without an id": '{"type":"edit","edit_id":"","base":0,"edit":{}}',
    "an edit that is a list": '{"type":"edit","edit_id":"a","base":0,"edit":[]}',
    "half a character": '{"type":"looks","patch":{"nodes/\\ud800":{}}}',
    "ten thousand levels": '{"type":"edit","edit_id":"a","base":0,"edit":' + '{"a":' * 10_000,
    "deep and whole": '{"type":"edit","edit_id":"a","base":0,"edit":'
    + '{"a":' * 500
    + "1"
    + "}" * 501,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
async def test_a_bad_frame_ends_its_own_socket_only(stage: Stage, text: str) -> None:
    async with stage.tab("alice") as alice, stage.tab("bob") as bob:
        await alice.hear()
        await bob.hear()
        await alice.say_text(text)
        assert await alice.code() == browsers.MALFORMED
        await bob.say({"type": "ping"})
        assert await bob.hear() == {"type": "pong"}
    assert (await stage.do(Lab.objects.get, pk=stage.lab.pk)).seq == 0


async def test_a_binary_frame_means_nothing_here(stage: Stage) -> None:
    async with stage.tab("alice") as tab:
        await tab.hear()
        await tab.to_server.put({"type": "websocket.receive", "bytes": b"\x00\x01"})
        assert await tab.code() == browsers.MALFORMED


async def test_a_frame_may_not_be_too_large(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "LARGEST", 1000)
    async with stage.tab("alice") as tab:
        await tab.hear()
        await tab.say({"type": "looks", "patch": {f"nodes/n{n}": {"x": 1} for n in range(100)}})
        assert await tab.code() == browsers.TOO_LARGE


async def test_a_thousand_messages_at_once_are_too_many(stage: Stage) -> None:
    async with stage.tab("alice") as alice, stage.tab("bob") as bob:
        await alice.hear()
        await bob.hear()
        for _ in range(1000):
            await alice.say({"type": "ping"})
        assert await alice.code() == browsers.TOO_MANY
        await bob.say({"type": "ping"})
        assert await bob.hear() == {"type": "pong"}


async def test_a_canvas_at_work_is_not_too_many(stage: Stage) -> None:
    presence: dict[str, Any] = {
        "type": "presence",
        "at": {"x": 1, "y": 2},
        "selection": [],
        "drag": None,
    }
    async with stage.tab("alice") as tab:
        await tab.hear()
        for _ in range(100):
            await tab.say(presence)
        await tab.say({"type": "ping"})
        assert await tab.hear() == {"type": "pong"}


async def test_a_reader_that_never_reads_is_dropped_and_others_hear_everything(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_MESSAGES", 50)
    monkeypatch.setattr(browsers, "CLOSES_WITHIN", 0.1)
    async with stage.tab("alice") as idle, stage.tab("bob") as bob:
        await idle.hear()
        await bob.hear()
        idle.reads.clear()
        for number in range(200):
            body = {"kind": "lab", "name": f"{number}", "description": ""}
            await stage.do(events.emit, stage.lab, body)
            assert (await bob.hear_event())["seq"] == number + 1
        await idle.task  # its socket has ended by itself


def test_an_outbox_forgets_what_the_snapshot_contains() -> None:
    import asyncio

    async def run() -> list[Any]:
        box = outbox.Outbox()
        for seq in range(1, 6):
            box.put(seq, f"{seq}")
        box.answer("answer")
        box.show("presence")
        box.start(3, "snapshot of 3")
        box.put(2, "2, late")
        box.put(6, "6")
        return [await box.next() for _ in range(6)]

    assert asyncio.run(run()) == ["answer", "snapshot of 3", "4", "5", "6", "presence"]


async def test_what_is_shown_is_json_that_a_page_reads_safely(stage: Stage) -> None:
    async with stage.tab("alice") as tab:
        snapshot = await tab.hear()
    assert json.loads(json.dumps(snapshot)) == snapshot
