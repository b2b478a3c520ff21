from __future__ import annotations

import pytest

from designer.machine.marks import Mark
from designer.machine.resources import Address, Bridge, Resource, Route
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, Ground, create, delete, nothing_happens
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel

SPACE = f"{LAB}-c1"
BASE: list[Resource] = [
    *bridged(1),
    Address(netns=SPACE, link="eth0", address="2001:db8::1/64", owner=LAB),
]
DEFAULT = Route(netns=SPACE, to="0.0.0.0/0", via="10.0.0.254", owner=LAB)
STATIC = Route(netns=SPACE, to="172.16.0.0/12", via="10.0.0.253", owner=LAB)
DEFAULT6 = Route(netns=SPACE, to="::/0", via="2001:db8::fe", owner=LAB)
STATIC6 = Route(netns=SPACE, to="2001:db8:1::/48", via="2001:db8::fd", owner=LAB)
ALL = (DEFAULT, STATIC, DEFAULT6, STATIC6)


def seen(ground: Ground) -> dict[tuple[str, str], dict[str, str]]:
    found = ground.ip("route", netns=SPACE) + ground.ip("-6", "route", netns=SPACE)
    return {(one["dst"], one["gateway"]): one for one in found if "gateway" in one}


def test_both_families_with_our_protocol(ground: Ground) -> None:
    ground.deploy(*BASE, *ALL)
    found = seen(ground)
    assert set(found) == {
        ("default", "10.0.0.254"),
        ("172.16.0.0/12", "10.0.0.253"),
        ("default", "2001:db8::fe"),
        ("2001:db8:1::/48", "2001:db8::fd"),
    }
    assert {str(one["protocol"]) for one in found.values()} == {"84"}


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    ground.deploy(*BASE, *ALL)
    with nothing_happens():
        ground.perform(*map(create, ALL))


def test_delete_twice_and_without_the_namespace(ground: Ground) -> None:
    ground.deploy(*BASE, *ALL)
    for _ in range(2):
        ground.perform(*map(delete, ALL))
        assert seen(ground) == {}
    ground.deploy()
    ground.perform(*map(delete, ALL))


def test_another_gateway(ground: Ground) -> None:
    ground.deploy(*BASE, DEFAULT)
    ground.deploy(*BASE, Route(netns=SPACE, to="0.0.0.0/0", via="10.0.0.9", owner=LAB))
    assert set(seen(ground)) == {("default", "10.0.0.9")}


def test_a_foreign_one_is_left(ground: Ground) -> None:
    ground.deploy(*BASE)
    ground.run("ip", "route", "add", "default", "via", "10.0.0.254", netns=SPACE)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(DEFAULT))
    assert "0.0.0.0/0" in raised.value.words
    ground.perform(delete(DEFAULT))
    assert set(seen(ground)) == {("default", "10.0.0.254")}
    assert ground.observe().get(DEFAULT.key) is None
    assert ground.observe([DEFAULT.key]).resources[DEFAULT.key].owner is None


def test_a_gateway_that_is_nowhere(ground: Ground) -> None:
    ground.deploy(*BASE)
    nowhere = Route(netns=SPACE, to="172.16.0.0/12", via="192.0.2.1", owner=LAB)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(nowhere))
    assert raised.value.operation.key == nowhere.key
    assert "gateway" in (raised.value.words + raised.value.advice).lower()


# Of the hypervisor itself

BR0 = Bridge(name="br0", stp=False, owner=LAB)
ADDRESS = Address(link="br0", address="192.0.2.7/24", owner=LAB)
HOST = (BR0, ADDRESS)
GATEWAY = Route(to="0.0.0.0/0", via="192.0.2.254", link="br0", owner=LAB)
GATEWAY6 = Route(to="::/0", via="fe80::1", link="br0", owner=LAB)


def defaults(ground: Ground, family: str = "-4") -> list[tuple[str, str, int]]:
    """(gateway, link, metric) in the order in which the kernel chooses."""
    found = ground.ip(family, "route", "show", "default")
    return [(one["gateway"], one["dev"], one.get("metric", 0)) for one in found]


def outside(ground: Ground) -> None:
    """What the hypervisor has of its own: a card, and default routes by it."""
    ground.sh("""
        link add eth1 type veth peer name eth1-w
        link set eth1 up
        link set eth1-w up
        address add 198.51.100.7/24 dev eth1
        -6 address add 2001:db8::7/64 dev eth1 nodad
        route add default via 198.51.100.1 proto static
        route add default via 198.51.100.2 proto dhcp metric 100
        -6 route add default via 2001:db8::1 proto static metric 1024
    """)


@pytest.mark.parametrize("again", [False, True])
def test_the_hypervisors_default_is_chosen_first_and_takes_none_away(
    ground: Ground, again: bool
) -> None:
    outside(ground)
    ground.deploy(*HOST)
    own = defaults(ground), defaults(ground, "-6")
    assert len(own[0]) == 2
    ground.deploy(*HOST, GATEWAY, GATEWAY6)
    if again:
        with nothing_happens():
            ground.perform(create(GATEWAY), create(GATEWAY6))
    assert defaults(ground) == [("192.0.2.254", "br0", 0), *own[0]]
    assert defaults(ground, "-6") == [("fe80::1", "br0", 1), *own[1]]
    chosen = ground.ip("route", "get", "203.0.113.1")[0]
    assert (chosen["gateway"], chosen["dev"]) == ("192.0.2.254", "br0")
    ground.deploy(*HOST)
    assert (defaults(ground), defaults(ground, "-6")) == own


@pytest.mark.parametrize("answers", ["reachable", "stale", "none"])
def test_the_kernel_does_not_go_back_to_another_default_of_metric_0(
    ground: Ground, answers: str
) -> None:
    """Among equals it takes one whose gateway answers for sure, whichever comes first
    (net/ipv4/fib_semantics.c, fib_select_default): to have asked for ours is not enough."""
    outside(ground)
    ground.deploy(*HOST, GATEWAY)
    for gateway, link, state in (
        ("198.51.100.1", "eth1", "reachable"),
        ("192.0.2.254", "br0", answers),
    ):
        mac = ("lladdr", "02:00:00:00:00:01")
        ground.run("ip", "neigh", "replace", gateway, *mac, "dev", link, "nud", state)
    chosen = {ground.ip("route", "get", f"203.0.113.{one}")[0]["dev"] for one in range(1, 9)}
    assert chosen == {"br0"}


def test_the_same_gateway_as_before_is_a_route_of_its_own(ground: Ground) -> None:
    ground.deploy(*HOST)
    ground.run("ip", "route", "add", "default", "via", "192.0.2.254", "proto", "static")
    assert len(ground.deploy(*HOST, GATEWAY)) == 1
    assert defaults(ground) == [("192.0.2.254", "br0", 0)] * 2
    ground.deploy(*HOST)
    [left] = ground.ip("route", "show", "default")
    assert left["protocol"] == "static"


def test_it_moves_to_another_bridge_and_goes_with_it(ground: Ground) -> None:
    br1 = Bridge(name="br1", stp=False, owner=LAB)
    there = Address(link="br1", address="192.0.2.7/24", owner=LAB)
    ground.deploy(*HOST, br1, GATEWAY)
    ground.deploy(BR0, br1, there, Route(to="0.0.0.0/0", via="192.0.2.254", link="br1", owner=LAB))
    assert defaults(ground) == [("192.0.2.254", "br1", 0)]
    ground.deploy(BR0)
    assert defaults(ground) == []
    ground.perform(delete(GATEWAY))


def test_two_labs_do_not_both_give_it_one(ground: Ground) -> None:
    ground.deploy(*HOST, GATEWAY)
    other = "otherlab"
    bridge = Bridge(name="br1", stp=False, owner=other)
    ground.deploy(bridge, Address(link="br1", address="10.9.0.1/24", owner=other), lab=other)
    second = Route(to="0.0.0.0/0", via="10.9.0.9", link="br1", owner=other)
    with pytest.raises(OperationFailed, match="another lab gives the hypervisor"):
        ground.perform(create(second), mark=Mark(other, "deployment-1"))
    assert defaults(ground) == [("192.0.2.254", "br0", 0)]


def test_by_a_bridge_that_is_not_the_labs_there_is_none(ground: Ground) -> None:
    ground.sh("""
        link add theirs type bridge
        link set theirs up
        address add 192.0.2.7/24 dev theirs
    """)
    stolen = Route(to="0.0.0.0/0", via="192.0.2.254", link="theirs", owner=LAB)
    with pytest.raises(OperationFailed, match="theirs"):
        ground.perform(create(stolen))
    assert defaults(ground) == []
