"""Who is kept out of a console."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from designer.deploy import consoles
from designer.deploy.models import Hypervisor, LabStatus
from designer.labs.models import Membership
from designer.live import console_agents, console_browsers, console_ends
from designer.live.hub import NOT_FOUND, SIGNED_OUT
from tests.live.browsers.tab import Closed, signed_in
from tests.live.consoles.conftest import Stage
from tests.live.consoles.ends import AgentEnd, BrowserEnd
from tests.live.consoles.test_console_sockets import opened


@pytest.mark.parametrize(
    ("who", "node", "status"),
    [
        ("", "vm1", 401),
        ("charlie", "vm1", 404),
        ("alice", "nothing", 404),
        ("alice", "br0", 404),
        ("alice", "h1", 404),
        ("alice", "vm2", 409),
        ("alice", "vm1", 201),
    ],
)
async def test_who_may_ask(stage: Stage, who: str, node: str, status: int) -> None:
    assert (await stage.ask(who, node)).status_code == status


async def test_an_unknown_kind_is_refused(stage: Stage) -> None:
    assert (await stage.ask(kind="shell")).status_code == 422
    assert (await stage.ask(extra=1)).status_code == 422


async def test_a_hypervisor_that_is_not_connected_is_named(stage: Stage) -> None:
    await stage.do(Hypervisor.objects.filter(name="hv1").update, session=None)
    answer = await stage.ask()
    assert (answer.status_code, answer.json()["code"]) == (409, "away")
    assert "hv1" in answer.json()["message"]


async def test_a_token_opens_once(stage: Stage) -> None:
    token = await stage.token()
    async with stage.line() as line, stage.browser(token=token):
        await line.hear()
        async with stage.browser(token=token) as replayed:
            assert await replayed.code() == console_browsers.BAD_TOKEN


async def test_a_token_is_of_its_session(stage: Stage) -> None:
    """Neither a teammate nor the same person's other session can use it, and it is used up."""
    token = await stage.token("alice")
    async with stage.browser("bob", token=token) as bob:
        assert await bob.code() == console_browsers.BAD_TOKEN
    async with stage.browser("alice", token=token) as late:
        assert await late.code() == console_browsers.BAD_TOKEN
    elsewhere = await stage.do(signed_in, stage.users["alice"])
    async with BrowserEnd(stage.lab.pk, elsewhere, token=await stage.token("alice")) as end:
        assert await end.code() == console_browsers.BAD_TOKEN


async def test_a_token_is_of_its_lab(stage: Stage) -> None:
    await stage.do(Membership.objects.create, user=stage.users["alice"], team=stage.other.team)
    token = await stage.token("alice")
    async with BrowserEnd(stage.other.pk, stage.sessions["alice"], token=token) as end:
        assert await end.code() == console_browsers.BAD_TOKEN


async def test_a_token_gets_old(stage: Stage, kept: Any) -> None:
    token = await stage.token()
    [key] = kept.keys("console.ticket.*")
    assert 0 < kept.ttl(key) <= consoles.TICKET_LIVES
    kept.expireat(key, 1)  # that moment is long past
    async with stage.browser(token=token) as end:
        assert await end.code() == console_browsers.BAD_TOKEN


@pytest.mark.parametrize("token", ["forged-token", "0" * 64])
async def test_a_forged_token_opens_nothing(stage: Stage, token: str) -> None:
    async with stage.browser(token=token) as end:
        assert await end.code() == console_browsers.BAD_TOKEN


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://testserver:1"])
async def test_a_foreign_page_is_refused_before_the_handshake(
    stage: Stage, origin: str | None
) -> None:
    async with stage.browser(origin=origin, token=await stage.token()) as end:
        with pytest.raises(Closed):
            await end.hear()
        assert not end.accepted


async def test_without_a_session_or_with_an_expired_one_nobody_comes_in(stage: Stage) -> None:
    token = await stage.token()
    async with BrowserEnd(stage.lab.pk, "", token=token) as end:
        assert await end.code() == SIGNED_OUT
    await stage.do(Session.objects.all().update, expire_date=timezone.now())
    async with stage.browser(token=token) as end:
        assert await end.code() == SIGNED_OUT


async def test_another_teams_lab_is_as_one_that_is_not_there(stage: Stage) -> None:
    async with stage.browser("charlie", token=await stage.token()) as end:
        assert await end.code() == NOT_FOUND


@pytest.mark.parametrize(("model", "code"), [(Session, SIGNED_OUT), (Membership, NOT_FOUND)])
async def test_a_right_that_lapses_ends_the_console(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, model: Any, code: int
) -> None:
    monkeypatch.setattr(console_browsers, "RENEWS_EVERY", 0.05)
    async with opened(stage) as (browser, agent):
        await stage.do(model.objects.all().delete)
        assert await browser.code() == code
        assert await agent.code() == 1000


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", console_ends.MALFORMED),
        ("{", console_ends.MALFORMED),
        ('{"type":"sudo"}', console_ends.MALFORMED),
        ('{"type":"taken","bytes":1}', console_ends.MALFORMED),
        ('{"type":"taken","bytes":0}', console_ends.MALFORMED),
        ('{"type":"open","token":"another-one"}', console_ends.MALFORMED),
        ('{"type":"over","reason":"off","words":""}', console_ends.MALFORMED),
        ("x" * 100_000, console_ends.TOO_LARGE),
        (b"x" * 100_000, console_ends.TOO_LARGE),
    ],
)
async def test_a_bad_frame_ends_its_own_console_only(
    stage: Stage, frame: str | bytes, code: int
) -> None:
    async with opened(stage) as (alice, agent), opened(stage, "bob") as (bob, bobs):
        await alice.say(frame)
        assert await alice.code() == code
        assert await agent.code() == 1000
        await bob.say(b"still here")
        assert await bobs.data() == b"still here"


@pytest.mark.parametrize("frame", [b"\x00", '{"type":"taken","bytes":1}', "nonsense"])
async def test_the_first_frame_has_the_token(stage: Stage, frame: str | bytes) -> None:
    async with stage.browser() as end:
        await end.say(frame)
        assert await end.code() == console_ends.MALFORMED


async def test_bytes_before_the_console_is_open_are_refused(stage: Stage) -> None:
    async with stage.line() as line, stage.browser(token=await stage.token()) as end:
        await line.hear()
        await end.say(b"too early")
        assert await end.code() == console_ends.MALFORMED


async def test_more_frames_a_second_than_anybody_types(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_browsers, "FRAMES_A_SECOND", 5.0)
    async with opened(stage) as (browser, _):
        for _ in range(100):
            await browser.say(b"x")
        assert await browser.code() == console_ends.TOO_MANY


async def test_so_many_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consoles, "MOST_OF_USER", 1)
    async with opened(stage):
        async with stage.browser(token=await stage.token()) as second:
            over = await second.until("over")
            assert over["reason"] == "too-many"
            assert "Close another first" in over["words"]
        async with opened(stage, "bob"):
            pass
    async with opened(stage):
        pass  # the seat was given back


# The agent's end


async def test_an_agent_without_a_credential_is_refused_before_the_handshake(
    stage: Stage,
) -> None:
    for authorization in ("", "Bearer x", f"Bearer {stage.hv1.hypervisor.pk}.wrong"):
        async with AgentEnd(authorization) as end:
            with pytest.raises(Closed):
                await end.hear()
            assert not end.accepted


async def test_an_agent_gets_no_console_of_another_hypervisor(stage: Stage) -> None:
    async with stage.line() as line, stage.browser(token=await stage.token()) as browser:
        console = (await line.hear())["console"]
        async with stage.agent(stage.hv2) as foreign:
            await foreign.hello(console)
            assert await foreign.code() == console_agents.UNKNOWN
        async with stage.agent() as late:  # what the foreign one tried has used it up
            await late.hello(console)
            assert await late.code() == console_agents.UNKNOWN
        await browser.hang_up()


async def test_an_opening_is_good_for_one_socket(stage: Stage) -> None:
    async with stage.line() as line, stage.browser(token=await stage.token()) as browser:
        console = (await line.hear())["console"]
        async with stage.agent() as first, stage.agent() as second:
            await first.hello(console)
            await first.say({"type": "opened"})
            await browser.until("opened")
            await second.hello(console)
            assert await second.code() == console_agents.UNKNOWN


@pytest.mark.parametrize(
    "frame", [b"data", '{"type":"opened"}', "nonsense", '{"type":"hello","console":"a b"}']
)
async def test_an_agents_first_frame_is_a_hello(stage: Stage, frame: str | bytes) -> None:
    async with stage.agent() as end:
        await end.say(frame)
        assert await end.code() == console_ends.MALFORMED


async def test_tokens_and_consoles_are_in_no_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await stage.token()
    async with stage.line() as line, stage.browser(token=token) as browser:
        console = (await line.hear())["console"]
        async with stage.agent() as agent:
            await agent.hello(console)
            await agent.say({"type": "opened"})
            await browser.until("opened")
            await agent.say("nonsense")
            await agent.code()
    assert token not in caplog.text
    assert console not in caplog.text


async def test_what_stands_in_redis_opens_nothing(stage: Stage, kept: Any) -> None:
    """Of tokens and sessions only hashes are kept."""
    token = await stage.token()
    [key] = kept.keys("console.*")
    assert token not in key + kept.get(key)
    assert stage.sessions["alice"] not in kept.get(key)


async def test_nothing_is_left_in_redis(stage: Stage, kept: Any) -> None:
    async with opened(stage):
        assert kept.keys("console.*")
    assert kept.keys("console.*") == []


async def test_a_vm_that_is_gone_from_the_drawing_has_its_console_while_it_stands(
    stage: Stage,
) -> None:
    status = LabStatus(
        lab=stage.lab,
        ref="nodes/old",
        hypervisor=stage.hv1.hypervisor,
        state="ok",
        at=timezone.now(),
    )
    await stage.do(status.save)
    assert (await stage.ask(node="old")).status_code == 201
