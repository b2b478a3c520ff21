"""Fixtures of the deploy room: the cast, the hypervisors, and calls that are written down instead
of sent, where a test is not about the broker."""

from __future__ import annotations

from typing import Any

import pytest

from designer.deploy import broker, dispatch, push
from designer.labs import events
from designer.labs.models import Lab, Team, User
from tests.deploy.checks import CHECKS
from tests.deploy.world import ONE_HOST, TWO_HOSTS, FakeAgent, make_agent, make_lab, make_user


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The calls to agents. No Redis is needed: events and words go nowhere."""
    calls: list[Any] = []

    def send(part: Any) -> bool:
        calls.append(part)
        return True

    monkeypatch.setattr(dispatch, "_send", send)
    monkeypatch.setattr(push, "_publish", lambda channel, text: calls.append((channel, text)))
    monkeypatch.setattr(events, "publish", lambda lab_id, message: None)
    monkeypatch.setattr(broker, "admit", lambda hypervisor: False)
    return calls


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Wiring")


@pytest.fixture
def other_team(db: None) -> Team:
    return Team.objects.create(name="Others")


@pytest.fixture
def alice(team: Team) -> User:
    """Owns the lab."""
    return make_user("alice", team)


@pytest.fixture
def bob(team: Team) -> User:
    """Her teammate."""
    return make_user("bob", team)


@pytest.fixture
def charlie(other_team: Team) -> User:
    """Of another team: nothing of this is there for him."""
    return make_user("charlie", other_team)


@pytest.fixture
def hv1(db: None) -> FakeAgent:
    return make_agent("hv1")


@pytest.fixture
def hv2(db: None) -> FakeAgent:
    return make_agent("hv2")


@pytest.fixture
def lab(team: Team) -> Lab:
    """A bridge with a container on one host."""
    return make_lab(team, ONE_HOST)


@pytest.fixture
def wide(team: Team) -> Lab:
    """Two hosts over a VXLAN segment."""
    return make_lab(team, TWO_HOSTS)


@pytest.fixture
def checked(team: Team) -> Lab:
    """Two hosts, with checks between their containers."""
    return make_lab(team, TWO_HOSTS + CHECKS)
