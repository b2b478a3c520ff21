"""Ports are forwarded by whatever packet filter the kernel here has: a user-mode one has no NAT in
nftables."""

from __future__ import annotations

import pytest

from tests.drivers.ground import Ground, delete
from tests.drivers.kernel.test_forwards import (
    HERE,
    OUTSIDE,
    TABLE,
    asks,
    deploy,
    rules,
    unanswered,
    world,
)

pytestmark = pytest.mark.kernel


def test_a_port_leads_in_and_nothing_else_does(ground: Ground) -> None:
    with world(ground):
        deploy(ground, TABLE)
        assert asks(OUTSIDE, HERE[0], 8080) == "192.0.2.2"
        assert asks(OUTSIDE, HERE[1], 8086) == "2001:db8::2"
        assert unanswered(OUTSIDE, "10.1.0.2", 80)
        assert unanswered(OUTSIDE, HERE[0], 81)
        ground.perform(delete(TABLE))
        assert "trunkline" not in rules(ground)
        assert unanswered(OUTSIDE, HERE[0], 8080)
