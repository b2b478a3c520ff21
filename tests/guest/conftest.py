"""The guest image, built once into the checkout's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks import guest
from tasks.sandbox import paths


@pytest.fixture(scope="session")
def images() -> Path:
    guest.build(paths.guest_dir())
    return paths.guest_dir()
