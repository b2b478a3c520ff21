"""The cast, for tests of actions."""

from __future__ import annotations

import pytest

from designer.labs import events
from designer.labs.models import Lab
from tests.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have gone to Redis."""
    messages: list[str] = []
    monkeypatch.setattr(events, "publish", lambda lab_id, message: messages.append(message))
    return messages


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def lab(cast: Cast) -> Lab:
    return cast.lab
