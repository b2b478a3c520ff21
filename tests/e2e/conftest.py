"""One running product for all tests of this room, and a check that each test cleans up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.product import Machine, Product, eventually


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def hv1(product: Product) -> Machine:
    return Machine(product.hypervisor("hv1"))


@pytest.fixture
def hv2(product: Product) -> Machine:
    return Machine(product.hypervisor("hv2"))


@pytest.fixture
def clean(hv1: Machine, hv2: Machine) -> Iterator[None]:
    """The machines after the test are what they were before it: nothing left, nothing lost."""

    def seen() -> list[dict[str, Any]]:
        return [hv1.inventory(), hv2.inventory()]

    before = seen()
    yield
    eventually(lambda: seen() == before, within=10, what=f"{before} again")
