"""The NIC by which the hypervisor is reached becomes a bridge's port: the connection stays, or
everything is back by itself. The agent of hv1 is started with a configuration that allows it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tasks.sandbox import addresses
from tasks.sandbox.agent import Agent
from tests.e2e.management.nic import (
    DESIGN,
    WITHIN,
    Deploy,
    put_back,
    try_and_put_back,
    unprotected,
)
from tests.e2e.product import Machine, Product, eventually

pytestmark = pytest.mark.kernel

GATEWAY = addresses.CONTROLLER
FAR = "203.0.113.0/24"


@pytest.fixture(scope="module")
def agent(product: Product) -> Iterator[Agent]:
    """That of hv1, which may touch eth0 for as long as these tests take."""
    with unprotected(product) as one:
        hv1 = Machine(one.hypervisor)
        hv1.command("ip", "route", "add", "default", "via", GATEWAY, "dev", "eth0", "metric", "50")
        hv1.command("ip", "route", "add", FAR, "via", GATEWAY, "dev", "eth0", "proto", "static")
        one.start()
        yield one
        one.stop()
        hv1.command("ip", "route", "del", FAR)
        hv1.command("ip", "route", "del", "default")


def routes_by(hv1: Machine, device: str) -> set[str]:
    """By a device that may not be there."""
    return {one["dst"] for one in hv1.ip("-4", "route") if one["dev"] == device}


MOVED = {"default", FAR, "198.18.0.0/24"}


def test_the_connection_stays(lab: Deploy, hv1: Machine, product: Product) -> None:
    told = lab()
    assert told["state"] == "done"
    assert routes_by(hv1, "br0") == MOVED
    assert routes_by(hv1, "eth0") == set()
    assert hv1.addresses("br0") == ["198.18.0.11/24"]
    assert hv1.link("br0")["address"] == hv1.link("eth0")["address"]
    assert hv1.ping(GATEWAY)
    assert hv1.ping(GATEWAY, node="c1"), "the container is on the LAN beside its host"
    again = lab()
    assert [part["operations_count"] for part in again["parts"]] == [0]
    product.lab("destroy", DESIGN["name"], "--wait")
    assert routes_by(hv1, "eth0") == MOVED
    assert hv1.addresses("eth0") == ["198.18.0.11/24"]


def test_a_bridge_that_does_not_forward_in_time_is_put_back(lab: Deploy, hv1: Machine) -> None:
    """With STP it listens and learns for 30 s."""
    try_and_put_back(lab, hv1, stp=True, forward_delay=15)


@contextmanager
def unplugged(product: Product) -> Iterator[None]:
    """Pull the cable of hv1's eth0 at the switch."""
    assert product.up.sandbox is not None
    switch = product.up.sandbox.switch
    switch.in_network(["ip", "link", "set", "mgmt1", "down"])
    try:
        yield
    finally:
        switch.in_network(["ip", "link", "set", "mgmt1", "up"])


def test_without_carrier_it_is_put_back(lab: Deploy, hv1: Machine, product: Product) -> None:
    with put_back(lab, hv1, says="could not be reached", stp=True), unplugged(product):
        eventually(lambda: routes_by(hv1, "br0") == set(), what="eth0 has its routes again")
        eventually(lambda: "br0" not in hv1.inventory()["addresses"], what="br0 is gone")


def test_with_the_agent_killed_in_the_window_it_is_put_back(
    lab: Deploy, hv1: Machine, agent: Agent
) -> None:
    with put_back(lab, hv1, stp=True):
        eventually(lambda: routes_by(hv1, "br0") >= MOVED, what="moved")
        agent.kill()
        began = time.monotonic()
        eventually(lambda: routes_by(hv1, "eth0") == MOVED, within=WITHIN + 5, what="put back")
        assert time.monotonic() - began < WITHIN + 3
        agent.start()


def test_with_the_controller_gone_in_the_window_it_is_put_back(
    lab: Deploy, hv1: Machine, product: Product
) -> None:
    with put_back(lab, hv1, stp=True):
        product.up.web.kill()
        eventually(lambda: routes_by(hv1, "eth0") == MOVED, within=WITHIN + 5, what="put back")
        product.up.web.start()
