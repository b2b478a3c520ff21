"""A library in a folder of the test's own, the cast, and a way to upload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from designer.labs import events
from tests.api.conftest import Browser
from tests.cast import Cast, make_cast

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.IMAGES_DIR = tmp_path / "library"
    return tmp_path / "library"


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "publish", lambda lab_id, message: None)


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
