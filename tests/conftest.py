"""What every room's tests may use. Rooms have their own conftest beside their tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.e2e.product import Machine, Product
    from tests.redis_server import RedisServer

pytest_plugins = ["tests.people"]


def pytest_unconfigure() -> None:
    """Where a thread still has the test database open when Django removes its file, SQLite's two
    files beside it stay (https://sqlite.org/wal.html, "The WAL File")."""
    for path in Path(tempfile.gettempdir()).glob(f"trunkline-test-{os.getpid()}.sqlite3*"):
        path.unlink(missing_ok=True)


@pytest.fixture(autouse=True, scope="session")
def no_foreign_redis() -> None:
    """A test that did not ask for a Redis must not speak to one that happens to run here."""
    from django.conf import settings

    settings.REDIS_URL = settings.AGENT_REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One private Redis for the session."""
    from tests.redis_server import RedisServer

    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer, settings: Settings) -> str:
    """The URL of an empty private Redis, which the settings point to."""
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    settings.REDIS_URL = settings.AGENT_REDIS_URL = redis_server.url
    return redis_server.url


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Everything that `make up` starts, once for all rooms that want it running."""
    from tests.e2e.product import Product

    running = Product(tmp_path_factory.mktemp("product"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def hv1(product: Product) -> Machine:
    from tests.e2e.product import Machine

    return Machine(product.hypervisor("hv1"))


@pytest.fixture
def hv2(product: Product) -> Machine:
    from tests.e2e.product import Machine

    return Machine(product.hypervisor("hv2"))


@pytest.fixture
def clean(hv1: Machine, hv2: Machine) -> Iterator[None]:
    """The machines after the test are what they were before it: nothing left, nothing lost."""
    from tests.e2e.product import eventually

    def seen() -> list[dict[str, Any]]:
        return [hv1.inventory(), hv2.inventory()]

    before = seen()
    yield
    with suppress(AssertionError):
        eventually(lambda: seen() == before, within=30)
    assert seen() == before
