from __future__ import annotations

import pytest

from designer.machine.resources import Address, Resource, Route
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
