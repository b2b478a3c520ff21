"""The controller is behind a gateway, and a lab draws another one: a right one stays, a wrong one
is put back within the deadline, whoever lives to see it.

hv1 has its eth0 in a subnet so narrow that the controller is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

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

OWN = f"{addresses.mgmt(1)}/29"
WIDE = f"{addresses.mgmt(1)}/{addresses.MGMT_PREFIX}"
FIRST, SECOND = "198.18.0.9", "198.18.0.10"
"""Both are the switch's, where the controller is."""
NOBODY = "198.18.0.14"


@pytest.fixture(scope="module")
def agent(product: Product) -> Iterator[Agent]:
    """That of hv1, which reaches the controller by its default route alone."""
    assert product.up.sandbox is not None
    switch = product.up.sandbox.switch
    with unprotected(product) as one:
        hv1 = Machine(one.hypervisor)
        for gateway in (FIRST, SECOND):
            switch.in_network(["ip", "address", "add", f"{gateway}/32", "dev", "mgmt"])
        hv1.command("ip", "address", "del", WIDE, "dev", "eth0")
        hv1.command("ip", "address", "add", OWN, "dev", "eth0")
        hv1.command("ip", "route", "add", "default", "via", FIRST, "dev", "eth0", "metric", "50")
        one.start()
        yield one
        one.stop()
        hv1.command("ip", "address", "del", OWN, "dev", "eth0")
        hv1.command("ip", "address", "add", WIDE, "dev", "eth0")
        for gateway in (FIRST, SECOND):
            switch.in_network(["ip", "address", "del", f"{gateway}/32", "dev", "mgmt"])


def defaults(hv1: Machine) -> list[tuple[str, str, int]]:
    """(gateway, link, metric) of its default routes, the one that counts first."""
    found = hv1.ip("-4", "route", "show", "default")
    return [(one["gateway"], one["dev"], one.get("metric", 0)) for one in found]


BEFORE = [(FIRST, "eth0", 50)]
MOVED = [(FIRST, "br0", 50)]


@pytest.mark.parametrize("gateway", [FIRST, SECOND])
def test_a_right_one_stays(lab: Deploy, hv1: Machine, product: Product, gateway: str) -> None:
    told = lab(gateway=gateway)
    assert told["state"] == "done"
    assert defaults(hv1) == [(gateway, "br0", 0), *MOVED]
    assert hv1.ping(addresses.CONTROLLER)
    again = lab(gateway=gateway)
    assert [part["operations_count"] for part in again["parts"]] == [0]
    product.lab("destroy", DESIGN["name"], "--wait")
    assert defaults(hv1) == BEFORE


def test_a_wrong_one_is_put_back_with_the_nic(lab: Deploy, hv1: Machine) -> None:
    try_and_put_back(lab, hv1, gateway=NOBODY)
    assert defaults(hv1) == BEFORE


def test_a_wrong_one_drawn_later_is_put_back_alone(lab: Deploy, hv1: Machine) -> None:
    """The NIC was moved by a deployment before, and stays where it is."""
    lab(gateway=SECOND)
    assert defaults(hv1) == [(SECOND, "br0", 0), *MOVED]
    with put_back(lab, hv1, gateway=NOBODY):
        eventually(lambda: defaults(hv1) == [(NOBODY, "br0", 0), *MOVED], what="the wrong one")
        eventually(
            lambda: defaults(hv1) == [(SECOND, "br0", 0), *MOVED],
            within=WITHIN + 3,
            what="the one before",
        )


def test_with_the_agent_killed_in_the_window_it_is_put_back(
    lab: Deploy, hv1: Machine, agent: Agent
) -> None:
    with put_back(lab, hv1, gateway=NOBODY):
        eventually(lambda: (NOBODY, "br0", 0) in defaults(hv1), what="the wrong one")
        agent.kill()
        eventually(lambda: defaults(hv1) == BEFORE, within=WITHIN + 3, what="put back")
        agent.start()
