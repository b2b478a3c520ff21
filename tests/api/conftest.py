"""Nothing is published here."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def quiet(published: list[str]) -> None:
    """Nothing goes to Redis."""
