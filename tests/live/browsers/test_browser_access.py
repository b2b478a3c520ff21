"""Who may open a lab's socket, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from designer.labs.actions.delete_lab import delete_lab
from designer.labs.models import Lab, Membership
from designer.live import hub as hub_module
from designer.live import sessions
from tests.live.browsers.conftest import Stage
from tests.live.browsers.tab import Closed, Tab

EDIT = {
    "type": "edit", "edit_id": "e", "base": 0,
    "edit": {"nodes": {"changed": {"br0": {"stp": [False, True]}}}},
}  # fmt: skip


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that looks often."""
    monkeypatch.setattr(hub_module, "PULSE", 0.1)
    monkeypatch.setattr(hub_module, "PULSE_ALONE", 0.1)
    monkeypatch.setattr(hub_module, "RIGHTS_EVERY", 0.0)


async def test_charlie_and_an_unknown_lab_get_the_same_answer(stage: Stage) -> None:
    async with stage.tab("charlie") as tab:
        assert await tab.code() == 4404
    async with Tab(uuid4(), stage.sessions["alice"]) as tab:
        assert await tab.code() == 4404


@pytest.mark.parametrize("session", ["", "forged", "a" * 32])
async def test_without_a_session_nobody_comes_in(stage: Stage, session: str) -> None:
    async with Tab(stage.lab.pk, session) as tab:
        assert await tab.code() == 4401


@pytest.mark.parametrize(
    "origin",
    [
        None, "null", "http://evil.example", "http://testserver.evil.example",
        "http://testserver:8080", "file://", "http://", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_a_foreign_page_is_refused_before_the_handshake(
    stage: Stage, origin: str | None
) -> None:
    async with stage.tab("alice", origin=origin) as tab:
        with pytest.raises(Closed):
            await tab.hear()
        assert not tab.accepted


async def test_our_own_page_comes_in(stage: Stage) -> None:
    async with stage.tab("bob") as tab:
        assert (await tab.hear())["type"] == "snapshot"
        assert tab.accepted


def _sign_out(stage: Stage) -> None:
    Session.objects.filter(session_key=stage.sessions["bob"]).delete()


def _expire(stage: Stage) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Session.objects.filter(session_key=stage.sessions["bob"]).update(expire_date=past)


def _change_password(stage: Stage) -> None:
    stage.users["bob"].set_password("a new one for bob")
    stage.users["bob"].save()


def _deactivate(stage: Stage) -> None:
    stage.users["bob"].is_active = False
    stage.users["bob"].save()


def _leave(stage: Stage) -> None:
    Membership.objects.filter(user=stage.users["bob"]).delete()


ENDS: Any = pytest.mark.parametrize(
    ("end", "code"),
    [
        (_sign_out, 4401), (_expire, 4401), (_change_password, 4401), (_deactivate, 4401),
        (_leave, 4404),
    ],
)  # fmt: skip


@ENDS
async def test_the_right_is_asked_for_again_at_an_edit(stage: Stage, end: Any, code: int) -> None:
    async with stage.tab("bob") as tab:
        await tab.hear()
        await stage.do(end, stage)
        await tab.say(EDIT)
        assert await tab.code() == code
    assert (await stage.do(Lab.objects.get, pk=stage.lab.pk)).revision == 0


@ENDS
@pytest.mark.usefixtures("watchful")
async def test_who_may_no_longer_look_is_shown_out(stage: Stage, end: Any, code: int) -> None:
    async with stage.tab("bob") as bob, stage.tab("alice") as alice:
        await bob.hear()
        await alice.hear()
        await stage.do(end, stage)
        assert await bob.code() == code
        await alice.say({"type": "ping"})
        assert await alice.hear() == {"type": "pong"}


@pytest.mark.usefixtures("watchful")
async def test_a_deleted_lab_has_no_sockets(stage: Stage) -> None:
    async with stage.tab("bob") as tab:
        await tab.hear()
        await stage.do(delete_lab, stage.lab, author=None)
        assert await tab.code() == 4404


def test_many_rights_are_asked_for_at_once(
    cast_and_sessions: Stage, django_assert_max_num_queries: Any
) -> None:
    stage = cast_and_sessions
    rights = {
        who: sessions.Right(stage.sessions[who], user.pk, stage.lab.pk)
        for who, user in stage.users.items()
    }
    forged = sessions.Right(stage.sessions["charlie"], stage.users["alice"].pk, stage.lab.pk)
    with django_assert_max_num_queries(4):
        lapsed = sessions.lapsed([*rights.values(), forged])
    assert set(lapsed) == {rights["charlie"], forged}
    assert lapsed[forged] is sessions.SignedOut
