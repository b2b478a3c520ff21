"""Consoles from the browser's socket to the agent's and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from designer.labs.models import Audit
from designer.live import console_browsers, console_ends, console_pipe
from designer.live.console_pipe import Gone, Pipe
from designer.wire.window import WINDOW
from tests.live.browsers.tab import PATIENCE
from tests.live.consoles.conftest import Stage
from tests.live.consoles.ends import AgentEnd, BrowserEnd


@asynccontextmanager
async def opened(
    stage: Stage, who: str = "alice", **more: Any
) -> AsyncIterator[tuple[BrowserEnd, AgentEnd]]:
    """A console from end to end."""
    async with (
        stage.line() as line,
        stage.browser(who, token=await stage.token(who, **more)) as browser,
        stage.agent() as agent,
    ):
        asked = await line.hear()
        assert asked["type"] == "console"
        await agent.hello(asked["console"])
        await agent.say({"type": "opened"})
        await browser.until("opened")
        yield browser, agent


async def test_what_is_said_and_typed_goes_through_as_it_is(stage: Stage) -> None:
    everything = bytes(range(256))
    async with opened(stage) as (browser, agent):
        await agent.say(everything)
        assert await browser.data() == everything
        await browser.say(everything[::-1])
        assert await agent.data() == everything[::-1]
        await agent.say({"type": "skipped", "bytes": 3_000_000})
        assert (await browser.until("skipped"))["bytes"] == 3_000_000


async def test_the_agent_is_told_what_to_open_and_nothing_else(stage: Stage) -> None:
    async with stage.line() as line, stage.browser(token=await stage.token(kind="graphics")):
        asked = await line.hear()
    console = asked.pop("console")
    assert len(console) >= 20
    assert asked == {
        "type": "console",
        "lab": stage.lab.tag,
        "domain": f"{stage.lab.tag}-vm1",
        "kind": "graphics",
        "force": False,
    }


async def test_both_see_who_has_it_open(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_browsers, "RENEWS_EVERY", 0.05)
    async with opened(stage) as (alice, _):
        async with opened(stage, "bob") as (bob, _):
            await bob.sees("alice", "bob")
            await alice.sees("alice", "bob")
        await alice.sees("alice")


async def test_how_it_ends_is_said(stage: Stage) -> None:
    async with opened(stage) as (browser, agent):
        await agent.say({"type": "over", "reason": "off", "words": "The VM went off."})
        assert (await browser.until("over"))["reason"] == "off"
        assert await browser.code() == 1000
        assert await agent.code() == 1000


async def test_a_closed_tab_frees_the_agents_socket_at_once(stage: Stage) -> None:
    async with opened(stage) as (browser, agent):
        await browser.hang_up()
        assert await agent.code() == 1000


async def test_an_agent_that_is_lost_ends_the_console(stage: Stage) -> None:
    async with opened(stage) as (browser, agent):
        await agent.hang_up()
        assert (await browser.until("over"))["reason"] == "away"
        assert await browser.code() == 1000


@pytest.mark.usefixtures("redis_url")
async def test_an_end_whose_process_was_killed_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing any more, and nobody has to say anything to it."""
    monkeypatch.setattr(console_pipe, "BEAT", 0.05)
    async with Pipe("c", "browser") as browser, Pipe("c", "agent") as agent:
        beating = asyncio.create_task(browser.beat())
        await browser.send(b"there")
        async for frame in agent.frames():
            assert frame == b"there"
            break
        assert not beating.done()
        await agent._close()  # what a kill leaves: connections closed without a word
        with pytest.raises(Gone):
            await asyncio.wait_for(beating, PATIENCE)


async def test_without_the_agents_connection_it_is_away(stage: Stage) -> None:
    async with stage.browser(token=await stage.token()) as browser:
        over = await browser.until("over")
        assert over["reason"] == "away"
        assert await browser.code() == 1000


async def test_an_agent_that_does_not_answer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_browsers, "ANSWERS_WITHIN", 0.2)
    async with stage.line(), stage.browser(token=await stage.token()) as browser:
        over = await browser.until("over")
        assert (over["reason"], over["words"]) == (
            "away", "The hypervisor's agent does not answer."
        )  # fmt: skip


async def test_nobody_typed_for_long(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_browsers, "IDLE", 0.3)
    monkeypatch.setattr(console_browsers, "RENEWS_EVERY", 0.05)
    async with opened(stage) as (browser, agent):
        assert (await browser.until("over"))["reason"] == "idle"
        assert await agent.code() == 1000


async def test_a_reader_that_never_reads_holds_no_more_than_the_window(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own console waits, then ends; another's is as quick as ever."""
    monkeypatch.setattr(console_ends, "SENDS_WITHIN", 1.0)
    monkeypatch.setattr(console_ends, "CLOSES_WITHIN", 0.1)
    async with opened(stage) as (idle, agent), opened(stage, "bob") as (bob, bobs):
        idle.reads.clear()
        for _ in range(WINDOW // 32768):
            await agent.say(b"y" * 32768)
        await bobs.say(b"quick")
        assert await bob.data() == b"quick"
        await asyncio.wait_for(idle.task, PATIENCE)  # ended by itself
        assert await agent.code() == 1000
        await bobs.say(b"still")
        assert await bob.data() == b"still"


async def test_an_agent_that_sends_more_than_there_is_room_for(stage: Stage) -> None:
    async with opened(stage) as (browser, agent):
        for _ in range(WINDOW // 32768):
            await agent.say(b"y" * 32768)
        await agent.say(b"y")
        assert await agent.code() == console_ends.MALFORMED
        assert (await browser.until("over"))["reason"] == "away"


async def test_room_that_is_given_back_is_there_again(stage: Stage) -> None:
    async with opened(stage) as (browser, agent):
        for _ in range(3 * WINDOW // 32768):
            await agent.say(b"y" * 32768)
            assert len(await browser.data()) == 32768
            await browser.say({"type": "taken", "bytes": 32768})
            assert await agent.until("taken") == {"type": "taken", "bytes": 32768}
        await browser.say(b"x" * 32768)
        await agent.data()
        await agent.say({"type": "taken", "bytes": 32768})
        assert await browser.until("taken") == {"type": "taken", "bytes": 32768}


async def test_every_console_is_written_down(stage: Stage) -> None:
    await stage.token("bob", kind="graphics")
    line = await stage.do(lambda: Audit.objects.select_related("actor").get(action="console.ask"))
    assert line.actor is not None
    assert (line.actor.username, line.object, line.details) == (
        "bob",
        f"lab/{stage.lab.pk}",
        {"node": "vm1", "kind": "graphics", "hypervisor": "hv1", "force": False},
    )
