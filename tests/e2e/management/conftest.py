"""hv1 by the agent that each file starts in its own way, and the lab that may take its NIC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.sandbox.agent import Agent
from tests.e2e.management.nic import Deploy, deploying
from tests.e2e.product import Machine, Product


@pytest.fixture
def hv1(agent: Agent) -> Machine:
    return Machine(agent.hypervisor)


@pytest.fixture
def lab(product: Product, hv1: Machine, tmp_path: Path) -> Iterator[Deploy]:
    with deploying(product, hv1, tmp_path) as deploy:
        yield deploy
