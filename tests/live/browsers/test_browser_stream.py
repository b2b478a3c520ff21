"""The stream of a lab: a snapshot, then every event once, in order, to everyone."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any
from uuid import uuid4

from designer.labs import events
from designer.labs.actions.change_looks import change_looks
from designer.labs.actions.edit_lab import edit_lab
from designer.labs.actions.rename_lab import rename_lab
from designer.labs.models import Lab, LabEvent
from designer.live.hub import hub
from designer.wire import read_server_message
from tests.live.browsers.conftest import Stage
from tests.live.browsers.replay import replayed, state_of


def edit_of(field: str, old: Any, new: Any) -> dict[str, Any]:
    return {"nodes": {"changed": {"br0": {field: [old, new]}}}}


def wanted(edit: Any, *, base: int = 0, edit_id: str = "") -> dict[str, Any]:
    return {"type": "edit", "edit_id": edit_id or uuid4().hex, "base": base, "edit": edit}


async def test_a_tab_gets_a_snapshot_that_the_wire_knows(stage: Stage) -> None:
    async with stage.tab("alice") as tab:
        snapshot = await tab.hear()
    sent = read_server_message(json.dumps(snapshot))
    assert (sent.seq, sent.revision, sent.me.name) == (0, 0, "alice")
    assert sent.document["nodes"]["br0"]["ageing_time"] == 300


async def test_an_edit_reaches_everyone_its_author_too(stage: Stage) -> None:
    async with stage.tab("alice") as alice, stage.tab("bob") as bob:
        client = (await alice.hear())["client"]
        await bob.hear()
        await alice.say(wanted(edit_of("stp", False, True), edit_id="mine"))
        heard = [await alice.hear_event(), await bob.hear_event()]
    assert heard[0] == heard[1]
    assert heard[0]["seq"] == 1
    event = heard[0]["event"]
    assert (event["kind"], event["revision"], event["edit_id"]) == ("edited", 1, "mine")
    assert (event["client"], event["author"]["name"]) == (client, "alice")
    read_server_message(json.dumps(heard[0]))


async def test_two_at_once_both_win_or_one_is_told_that_it_is_stale(stage: Stage) -> None:
    async with stage.tab("alice") as alice, stage.tab("bob") as bob:
        await alice.hear()
        await bob.hear()
        await alice.say(wanted(edit_of("stp", False, True)))
        await bob.say(wanted(edit_of("priority", 32768, 4096)))
        revisions = {(await bob.hear_event())["event"]["revision"] for _ in range(2)}
        assert revisions == {1, 2}
        for _ in range(2):
            await alice.hear_event()
        await alice.say(wanted(edit_of("priority", 32768, 8192), edit_id="late"))
        refusal = await alice.hear()
    assert (refusal["type"], refusal["code"], refusal["edit_id"]) == (
        "edit-refused",
        "stale",
        "late",
    )
    assert refusal["conflicts"][0]["pointer"] == "/nodes/br0/priority"
    assert refusal["revision"] == 2
    read_server_message(json.dumps(refusal))


async def test_a_bad_edit_names_its_place_and_the_socket_lives_on(stage: Stage) -> None:
    async with stage.tab("alice") as tab:
        await tab.hear()
        await tab.say(wanted(edit_of("priority", 32768, -1)))
        refusal = await tab.hear()
        assert (refusal["code"], refusal["problems"][0]["pointer"]) == (
            "invalid",
            "/nodes/br0/priority",
        )
        await tab.say(wanted(edit_of("stp", False, True), base=7))
        assert (await tab.hear())["problems"][0]["pointer"] == "/base"
        await tab.say({"type": "ping"})
        assert await tab.hear() == {"type": "pong"}
    assert (await stage.do(Lab.objects.get, pk=stage.lab.pk)).revision == 0


async def test_a_label_is_told_as_the_text_that_it_is(stage: Stage) -> None:
    label = "<script>alert(1)</script>"
    async with stage.tab("alice") as tab:
        await tab.hear()
        await tab.say(wanted(edit_of("label", "", label)))
        event = (await tab.hear_event())["event"]
    assert event["edit"]["nodes"]["changed"]["br0"]["label"] == ["", label]


async def test_looks_reach_everyone_and_bad_ones_are_set_right(stage: Stage) -> None:
    async with stage.tab("alice") as alice, stage.tab("bob") as bob:
        await alice.hear()
        await bob.hear()
        await alice.say({"type": "looks", "patch": {"nodes/c1": {"x": 10, "y": 20.5}}})
        assert (await bob.hear_event())["event"]["looks"] == {"nodes/c1": {"x": 10, "y": 20.5}}
        await alice.hear_event()
        await alice.say({"type": "looks", "patch": {"nodes/c1": {"x": "<b>"}}})
        snapshot = await alice.hear()
    assert snapshot["type"] == "snapshot"
    assert snapshot["looks"]["nodes/c1"] == {"x": 10, "y": 20.5}


async def test_stale_state_and_events_make_a_fresh_snapshot(stage: Stage) -> None:
    dice = random.Random(7)

    def act(number: int) -> None:
        lab = Lab.objects.get(pk=stage.lab.pk)
        author = stage.users[dice.choice(("alice", "bob"))]
        if number % 3 == 0:
            spot = {"x": dice.randint(0, 999), "y": number}
            patch = {f"nodes/{dice.choice(('c1', 'c2', 'h1'))}": dice.choice((spot, spot, None))}
            change_looks(lab, author=author, patch=patch)
        elif number % 7 == 0:
            rename_lab(lab, author=author, name=f"Lab {number}", description=f"No. {number}")
        elif number % 5 == 0:
            added = {f"n{number}": {"kind": "container", "host": "h1"}}
            edit: Any = {"nodes": {"added": added}}
            edit_lab(lab, author=author, edit_id=f"e{number}", base=0, edit=edit)
        elif number % 2 == 0:
            at = 300 + number
            now = _ageing(lab)
            edit_lab(
                lab,
                author=author,
                edit_id=f"e{number}",
                base=0,
                edit=edit_of("ageing_time", now, at),
            )
        else:
            events.emit(lab, {"kind": "status", "changes": {}})

    async with stage.tab("alice") as early:
        stale = await early.hear()
        for number in range(1, 40):
            await stage.do(act, number)
        async with stage.tab("bob") as late:
            fresh = await late.hear()
        heard = [await early.hear_event() for _ in range(fresh["seq"] - stale["seq"])]
    for message in heard:
        read_server_message(json.dumps(message))
    assert replayed(stale, heard) == state_of(fresh)


def _ageing(lab: Lab) -> int:
    from designer.labs import documents

    bridge: Any = documents.of(Lab.objects.select_related("head").get(pk=lab.pk)).design.nodes[
        "br0"
    ]
    return int(bridge.ageing_time)


async def test_who_joins_in_a_storm_misses_nothing_and_hears_nothing_twice(stage: Stage) -> None:
    storm = 150

    async def blow() -> None:
        for number in range(storm):
            await stage.do(
                events.emit, stage.lab, {"kind": "lab", "name": f"{number}", "description": ""}
            )

    async def come() -> None:
        async with stage.tab("bob") as tab:
            seq = (await tab.hear())["seq"]
            while seq < storm:
                message = await tab.hear()
                assert message["seq"] == seq + 1
                seq += 1

    blowing = asyncio.create_task(blow())
    coming: list[asyncio.Task[None]] = []
    while not blowing.done() and len(coming) < 12:
        coming.append(asyncio.create_task(come()))
        await asyncio.sleep(0.02)
    await asyncio.gather(blowing, *coming)


async def test_a_burst_reaches_fifty_sockets_whole(stage: Stage) -> None:
    tabs = [stage.tab("alice") for _ in range(50)]
    for tab in tabs:
        await tab.__aenter__()
    for tab in tabs:
        await tab.hear()
    burst = 200

    def blow() -> None:
        for number in range(burst):
            events.emit(stage.lab, {"kind": "lab", "name": f"{number}", "description": ""})

    await stage.do(blow)
    for tab in tabs:
        assert [(await tab.hear_event())["seq"] for _ in range(burst)] == list(range(1, burst + 1))
    for tab in tabs:
        await tab.__aexit__()
    assert hub().rooms == {}


async def test_a_resync_brings_a_snapshot_and_the_stream_goes_on(stage: Stage) -> None:
    async with stage.tab("alice") as tab:
        await tab.hear()
        await stage.do(rename_lab, stage.lab, author=None, name="Two")
        await tab.hear_event()
        await tab.say({"type": "resync"})
        snapshot = await tab.hear()
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)
        await stage.do(rename_lab, stage.lab, author=None, name="Three")
        assert (await tab.hear_event())["seq"] == 2


async def test_what_redis_loses_or_turns_round_comes_whole_and_in_order(
    stage: Stage, monkeypatch: Any
) -> None:
    publish, held = events.publish, []

    def unreliable(lab_id: Any, message: str) -> None:
        number = int(message.partition(" ")[0])
        if number % 4 == 1:
            return  # lost
        if number % 4 == 2:
            held.append(message)  # late
            return
        publish(lab_id, message)
        while held:
            publish(lab_id, held.pop())
            publish(lab_id, message)  # and one twice

    monkeypatch.setattr(events, "publish", unreliable)
    async with stage.tab("alice") as tab:
        await tab.hear()
        for number in range(20):
            await stage.do(rename_lab, stage.lab, author=None, name=f"{number}")
        heard = [(await tab.hear_event())["seq"] for _ in range(20)]
    assert heard == list(range(1, 21))


async def test_a_gap_beyond_the_kept_events_brings_a_snapshot(
    stage: Stage, monkeypatch: Any
) -> None:
    monkeypatch.setattr(events, "publish", lambda lab_id, message: None)
    async with stage.tab("alice") as tab:
        await tab.hear()

        def long_silence() -> None:
            for number in range(5):
                events.emit(stage.lab, {"kind": "lab", "name": f"{number}", "description": ""})
            LabEvent.objects.filter(lab=stage.lab, seq__lt=4).delete()

        await stage.do(long_silence)
        hub()._mend(hub().rooms[stage.lab.pk])
        snapshot = await tab.hear()
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 5)
