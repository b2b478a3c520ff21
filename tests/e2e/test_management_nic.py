"""The NIC by which the hypervisor is reached becomes a bridge's port: the connection stays, or
everything is back by itself. The agent of hv1 is started with a configuration that allows it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.sandbox import addresses
from tasks.sandbox.agent import Agent
from tests.e2e.product import Machine, Product, eventually

pytestmark = pytest.mark.kernel

WITHIN = 4
"""Seconds that a change may stay unconfirmed."""
GATEWAY = addresses.CONTROLLER
FAR = "203.0.113.0/24"

DESIGN: dict[str, Any] = {
    "trunkline": 1,
    "name": "The NIC we came in by",
    "nodes": {
        "h1": {"kind": "host"},
        "br0": {"kind": "bridge", "host": "h1", "name": "br0"},
        "c1": {"kind": "container", "host": "h1"},
        "nic": {"kind": "nic", "host": "h1", "name": "eth0"},
        "lan": {"kind": "segment", "transport": "plain"},
    },
    "interfaces": {
        "br0:p1": {"node": "br0"},
        "br0:p2": {"node": "br0"},
        "c1:eth0": {"node": "c1", "addresses": ["198.18.0.201/24"]},
        "nic:in": {"node": "nic"},
        "nic:out": {"node": "nic"},
        "lan:p1": {"node": "lan"},
    },
    "links": {
        "br0:p1~nic:in": {"a": "br0:p1", "b": "nic:in"},
        "br0:p2~c1:eth0": {"a": "br0:p2", "b": "c1:eth0"},
        "lan:p1~nic:out": {"a": "lan:p1", "b": "nic:out"},
    },
}


@pytest.fixture(scope="module")
def agent(product: Product) -> Iterator[Agent]:
    """That of hv1, which may touch eth0 for as long as these tests take."""
    [one] = [one for one in product.up.agents if one.hypervisor.name == "hv1"]
    config = one.hypervisor.config_path
    before = config.read_text()
    one.stop()
    config.write_text(before.replace('["eth0"]', "[]") + f"confirm_within: {WITHIN}\n")
    one.start()
    hv1 = Machine(one.hypervisor)
    hv1.command("ip", "route", "add", "default", "via", GATEWAY, "dev", "eth0", "metric", "50")
    hv1.command("ip", "route", "add", FAR, "via", GATEWAY, "dev", "eth0", "proto", "static")
    yield one
    one.stop()
    hv1.command("ip", "route", "del", FAR)
    hv1.command("ip", "route", "del", "default")
    config.write_text(before)
    one.start()


@pytest.fixture
def hv1(agent: Agent) -> Machine:
    return Machine(agent.hypervisor)


@pytest.fixture
def lab(product: Product, agent: Agent, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Deploys the design with these changes; destroys it in the end."""
    hv1 = Machine(agent.hypervisor)
    before = everything(hv1)

    def deploy(expect: int | None = 0, **bridge: Any) -> Any:
        design = json.loads(json.dumps(DESIGN))
        design["nodes"]["br0"] |= bridge
        file = tmp_path / "design.yaml"
        file.write_text(yaml.safe_dump(design))
        return product.lab("deploy", str(file), "--wait", "--over-management", expect=expect)

    yield deploy
    product.lab("destroy", DESIGN["name"], "--wait")
    eventually(lambda: everything(hv1) == before, what="everything as before")


def everything(hv1: Machine) -> dict[str, Any]:
    """What a lab could leave, with every route of every table and the watchdog's files."""
    routes = [
        {key: one[key] for key in sorted(one) if key != "flags"}
        for family in ("-4", "-6")
        for one in hv1.ip(family, "route", "show", "table", "all")
    ]
    folder = hv1.hypervisor.state_dir / "rescue"
    return {
        **hv1.inventory(),
        "routes": sorted(routes, key=json.dumps),
        "mac": hv1.link("eth0")["address"],
        "rescue": sorted(path.name for path in folder.glob("*")),
        "cards": sorted(path.name for path in folder.with_name("cards").glob("*")),
    }


def routes_by(hv1: Machine, device: str) -> set[str]:
    """By a device that may not be there."""
    return {one["dst"] for one in hv1.ip("-4", "route") if one["dev"] == device}


MOVED = {"default", FAR, "198.18.0.0/24"}


def test_the_connection_stays(lab: Callable[..., Any], hv1: Machine, product: Product) -> None:
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


def test_a_bridge_that_does_not_forward_in_time_is_put_back(
    lab: Callable[..., Any], hv1: Machine
) -> None:
    """With STP it listens and learns for 30 s."""
    before = everything(hv1)
    began = time.monotonic()
    words = json.dumps(lab(expect=None, stp=True, forward_delay=15))
    assert "put back, because the controller could not be reached" in words
    assert time.monotonic() - began < WITHIN + 15
    eventually(lambda: everything(hv1) == before, what="everything as before")


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


@contextmanager
def in_the_window(deploy: Callable[..., Any], hv1: Machine, **bridge: Any) -> Iterator[Future[Any]]:
    """From when the watchdog watches, and the bridge has the addresses."""
    rescue = hv1.hypervisor.state_dir / "rescue"
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(deploy, None, **bridge)
        eventually(lambda: list(rescue.glob("*.armed")), within=30, what="an armed watchdog")
        yield ended


def test_without_carrier_it_is_put_back(
    lab: Callable[..., Any], hv1: Machine, product: Product
) -> None:
    before = everything(hv1)
    with in_the_window(lab, hv1, stp=True) as ended:
        with unplugged(product):
            eventually(lambda: routes_by(hv1, "br0") == set(), what="eth0 has its routes again")
            eventually(lambda: "br0" not in hv1.inventory()["addresses"], what="br0 is gone")
        words = json.dumps(ended.result())
    assert "could not be reached" in words
    eventually(lambda: everything(hv1) == before, what="everything as before")


def test_with_the_agent_killed_in_the_window_it_is_put_back(
    lab: Callable[..., Any], hv1: Machine, agent: Agent
) -> None:
    before = everything(hv1)
    with in_the_window(lab, hv1, stp=True) as ended:
        eventually(lambda: routes_by(hv1, "br0") >= MOVED, what="moved")
        agent.kill()
        began = time.monotonic()
        eventually(lambda: routes_by(hv1, "eth0") == MOVED, within=WITHIN + 5, what="put back")
        assert time.monotonic() - began < WITHIN + 3
        agent.start()
        words = json.dumps(ended.result())
    assert "put back" in words
    eventually(lambda: everything(hv1) == before, what="everything as before")


def test_with_the_controller_gone_in_the_window_it_is_put_back(
    lab: Callable[..., Any], hv1: Machine, product: Product
) -> None:
    before = everything(hv1)
    with in_the_window(lab, hv1, stp=True) as ended:
        product.up.web.kill()
        eventually(lambda: routes_by(hv1, "eth0") == MOVED, within=WITHIN + 5, what="put back")
        product.up.web.start()
        words = json.dumps(ended.result())
    assert "put back" in words
    eventually(lambda: everything(hv1) == before, what="everything as before")
