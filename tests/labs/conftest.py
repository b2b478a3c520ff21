"""The cast's lab, for tests of actions."""

from __future__ import annotations

import pytest

from designer.labs.models import Lab
from tests.cast import Cast


@pytest.fixture(autouse=True)
def quiet(published: list[str]) -> None:
    """Nothing goes to Redis."""


@pytest.fixture
def lab(cast: Cast) -> Lab:
    return cast.lab
