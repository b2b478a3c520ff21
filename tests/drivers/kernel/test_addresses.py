from __future__ import annotations

import pytest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from designer.machine.resources import Address, Bridge, Resource, Veth
from tasks.drivers import OperationFailed
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkSocket
from tests.drivers.ground import LAB, Ground, create, delete, nothing_happens
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", owner=LAB)
V4 = Address(link="br0", address="10.0.0.1/24", owner=LAB)
V6 = Address(link="br0", address="2001:db8::1/64", owner=LAB)


def seen(ground: Ground, link: str = "br0") -> dict[str, dict[str, object]]:
    found = ground.ip("address", "show", "dev", link)[0]["addr_info"]
    return {f"{one['local']}/{one['prefixlen']}": one for one in found if one["scope"] == "global"}


def protocols() -> dict[str, int | None]:
    """IFA_PROTO by address, read by pyroute2: `ip` of Debian 12 does not show it."""

    def read(page: Page, start: int, end: int) -> tuple[str, int | None]:
        message = ifaddrmsg(bytes(page.raw[start:end]))
        message.decode()
        return message.get_attr("IFA_ADDRESS"), message.get_attr("IFA_PROTO")

    with NetlinkSocket() as socket:
        found = socket.dump(c.RTM_GETADDR, wire.ADDRESS.pack(0, 0, 0, 0, 0), read)
    return {address: value for address, value in found if not address.startswith("fe80")}


def test_both_families_with_our_protocol(ground: Ground) -> None:
    ground.deploy(BRIDGE, V4, V6)
    found = seen(ground)
    assert set(found) == {"10.0.0.1/24", "2001:db8::1/64"}
    assert protocols() == {"10.0.0.1": 84, "2001:db8::1": 84, "127.0.0.1": None, "::1": 1}
    assert "tentative" not in found["2001:db8::1/64"]


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    ground.deploy(BRIDGE, V4, V6)
    with nothing_happens():
        ground.perform(create(V4), create(V6))


def test_delete_twice_and_without_the_link(ground: Ground) -> None:
    ground.deploy(BRIDGE, V4, V6)
    for _ in range(2):
        ground.perform(delete(V4), delete(V6))
        assert seen(ground) == {}
    ground.perform(delete(BRIDGE), delete(V4))


def test_a_foreign_one_is_left(ground: Ground) -> None:
    ground.deploy(BRIDGE)
    ground.run("ip", "address", "add", V4.address, "dev", "br0")
    for operation in (create(V4), delete(V4)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert V4.address in raised.value.words
    assert set(seen(ground)) == {V4.address}
    assert ground.observe().get(V4.key) is None
    assert ground.observe([V4.key]).resources[V4.key].owner is None


def test_on_a_foreign_link_none_is_given(ground: Ground) -> None:
    ground.run("ip", "link", "add", "br0", "type", "bridge")
    with pytest.raises(OperationFailed):
        ground.perform(create(V4))
    assert seen(ground) == {}


def test_the_second_of_a_subnet_survives_the_first(ground: Ground) -> None:
    second = Address(link="br0", address="10.0.0.2/24", owner=LAB)
    ground.deploy(BRIDGE, V4, second)
    ground.perform(delete(V4))
    assert set(seen(ground)) == {"10.0.0.2/24"}


def test_from_the_veth_to_the_bridge_and_ping_goes_on(ground: Ground) -> None:
    """The tutorials' case: the host's address moves from a veth end to the bridge it joins."""
    rest: list[Resource] = bridged(1)
    far = Veth(name="h0", peer="h1", owner=LAB)
    loose = Veth(name="h1", peer="h0", master="br0", owner=LAB)
    on_veth = Address(link="h0", address="10.0.0.254/24", owner=LAB)
    ground.deploy(*rest, far, loose, on_veth)
    assert ground.pings("10.0.0.1")
    on_bridge = Address(link="br0", address="10.0.0.254/24", owner=LAB)
    operations = ground.deploy(*rest, far, loose, on_bridge)
    assert {one.key[0] for one in operations} == {"address"}
    assert ground.pings("10.0.0.1")
    assert ground.pings("10.0.0.254", f"{LAB}-c1")
    assert set(seen(ground, "h0")) == set()


def test_a_bad_one_says_what_the_kernel_says(ground: Ground) -> None:
    ground.deploy(BRIDGE)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(Address(link="br0", address="ff02::1/64", owner=LAB)))
    assert raised.value.errno is not None
    assert "multicast" in raised.value.words.lower() or "address" in raised.value.words.lower()
