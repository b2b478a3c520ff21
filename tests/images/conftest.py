"""A library in a folder of the test's own, and nothing is published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.IMAGES_DIR = tmp_path / "library"
    return tmp_path / "library"


@pytest.fixture(autouse=True)
def quiet(published: list[str]) -> None:
    """Nothing goes to Redis."""
