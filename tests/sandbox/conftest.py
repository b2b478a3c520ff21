"""One sandbox of two hypervisors for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
