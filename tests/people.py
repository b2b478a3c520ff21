"""The cast, each with a browser of their own: fixtures of every room that wants them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from designer.labs import events
from designer.labs.models import User
from tests.cast import Cast, make_cast


@dataclass
class Browser:
    """Sends what a page would send: the cookie, and the token with it."""

    user: User | None
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def __post_init__(self) -> None:
        if self.user is not None:
            self.client.force_login(self.user)
        self.client.cookies["csrftoken"] = self.token = "t" * 32

    def ask(self, method: str, path: str, body: Any = None, *, token: bool = True) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"X-CSRFToken": self.token} if token else {}
        return self.client.generic(
            method, path, raw, content_type="application/json", headers=headers
        )

    def get(self, path: str) -> Any:
        answer: Any = self.ask("GET", path, "")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer: Any = self.ask(method, path, body)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have gone to Redis."""
    messages: list[str] = []
    monkeypatch.setattr(events, "publish", lambda lab_id, message: messages.append(message))
    return messages


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def alice(cast: Cast) -> Browser:
    return Browser(cast.alice)


@pytest.fixture
def bob(cast: Cast) -> Browser:
    return Browser(cast.bob)


@pytest.fixture
def charlie(cast: Cast) -> Browser:
    return Browser(cast.charlie)


@pytest.fixture
def nobody(db: None) -> Browser:
    return Browser(None)
