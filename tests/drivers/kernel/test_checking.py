"""A controller in the wrong hands gets no further than the lab's own things."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.resources import (
    Address,
    Behind,
    Bridge,
    Domain,
    Forward,
    Namespace,
    NatTable,
    Resource,
    Route,
    Veth,
)
from designer.planner.operations import Operation
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, Ground, create, delete, nothing_happens

pytestmark = pytest.mark.kernel

BEHIND = Behind(bridge="virbr1", subnets=("10.0.0.0/24",))
FORWARD = Forward(protocol="tcp", port=8080, to="10.0.0.2", to_port=80, near="10.0.0.0/24")
TABLE = NatTable(
    netns="", name=f"trunkline-{LAB}", behind=(BEHIND,), forwards=(FORWARD,), owner=LAB
)


@pytest.mark.parametrize(
    "resource",
    [
        Namespace(name="../../etc/passwd", owner=LAB),
        Namespace(name="/proc/1/ns/net", owner=LAB),
        Namespace(name="..", owner=LAB),
        Namespace(name="", owner=LAB),
        Namespace(name="a\0b", owner=LAB),
        Bridge(netns="/proc/self/ns/net", name="br0", owner=LAB),
        Bridge(name="../all", owner=LAB),
        Bridge(name="a b", owner=LAB),
        Bridge(name="ü" * 8, owner=LAB),
        Bridge(name="br0", master="../../x", owner=LAB),
        Veth(name="a", peer="b", peer_netns="../netns/x", owner=LAB),
        Address(netns="/proc/1/ns/net", link="eth0", address="10.0.0.1/24", owner=LAB),
        Address(link="mgmt/0", address="10.0.0.1/24", owner=LAB),
        Route(to="0.0.0.0/0", via="10.0.0.1", owner=LAB),
        Route(to="10.0.0.0/8", via="10.0.0.1", link="br0", owner=LAB),
        Route(to="0.0.0.0/0", via="10.0.0.1", link="mgmt0", owner=LAB),
        Route(netns=f"{LAB}-c", to="0.0.0.0/0", via="10.0.0.1", link="eth0", owner=LAB),
        NatTable(netns="", name=f"trunkline-{LAB}", outside=("eth0",), owner=LAB),
        NatTable(netns=f"{LAB}-r", name="filter", outside=("eth0",), owner=LAB),
        NatTable(netns="", name=f"trunkline-{LAB}", isolated=("a", "b"), owner=LAB),
        replace(TABLE, netns=f"{LAB}-r"),
        replace(TABLE, name="trunkline-theirs"),
        replace(TABLE, behind=(replace(BEHIND, bridge="x -j ACCEPT"),)),
        replace(TABLE, behind=(replace(BEHIND, subnets=("10.0.0.0/24 -j ACCEPT",)),)),
        replace(TABLE, forwards=(replace(FORWARD, to="192.0.2.1"),)),
        replace(TABLE, forwards=(replace(FORWARD, to="10.0.0.2\nCOMMIT"),)),
        replace(TABLE, forwards=(replace(FORWARD, port=0),)),
        replace(TABLE, forwards=(replace(FORWARD, to_port=65536),)),
        replace(TABLE, forwards=(replace(FORWARD, protocol="icmp"),)),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_odd_things_are_refused_before_anything_is_done(ground: Ground, resource: Resource) -> None:
    good = create(Bridge(name="good", owner=LAB))
    peer = Veth(name="b", peer="a", owner=LAB) if isinstance(resource, Veth) else None
    for operation in (create(resource, peer), delete(resource, peer)):
        with pytest.raises(OperationFailed):
            ground.perform(good, operation)
    assert ground.links() == set()


def test_nothing_is_forwarded_past_the_labs_own_networks(ground: Ground) -> None:
    for elsewhere in (
        replace(TABLE, behind=(replace(BEHIND, subnets=("10.1.0.0/24",)),)),
        replace(TABLE, forwards=(replace(FORWARD, near="0.0.0.0/0"),)),
    ):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(create(elsewhere))
        assert "10.0.0.2 is in no network of this lab" in raised.value.words
    assert ground.run("nft", "list", "ruleset") == ""


def test_an_operation_that_says_one_thing_and_means_another(ground: Ground) -> None:
    bridge = Bridge(name="br0", owner=LAB)
    lies = Operation(action="delete", key=("link", "", "eth0"), before=bridge, reason="test")
    empty = Operation(action="delete", key=("link", "", "eth0"), reason="test")
    for operation in (lies, empty):
        with pytest.raises((OperationFailed, ValueError)):
            ground.perform(operation)


def test_nothing_is_put_into_a_foreign_namespace(ground: Ground) -> None:
    ground.run("ip", "netns", "add", "theirs")
    ground.run("ip", "-n", "theirs", "link", "set", "lo", "up")
    near = Veth(name="a", peer="b", peer_netns="theirs", owner=LAB)
    far = Veth(netns="theirs", name="b", peer="a", owner=LAB)
    table = NatTable(netns="theirs", name=f"trunkline-{LAB}", outside=("eth0",), owner=LAB)
    with nothing_happens():
        for operation in (
            create(near, far),
            create(Bridge(netns="theirs", name="br0", owner=LAB)),
            create(Address(netns="theirs", link="lo", address="10.0.0.1/24", owner=LAB)),
            create(Route(netns="theirs", to="10.0.0.0/8", via="127.0.0.1", owner=LAB)),
            create(table),
        ):
            with pytest.raises(OperationFailed) as raised:
                ground.perform(operation)
            assert "theirs" in raised.value.words
    assert ground.links() == set()
    assert ground.run("nft", "list", "ruleset", netns="theirs") == ""


def test_domains_are_not_the_kernels(ground: Ground) -> None:
    domain = Domain(name="vm", uuid="0", memory=64, vcpus=1, owner=LAB)
    with pytest.raises(KeyError):
        ground.perform(create(domain))
