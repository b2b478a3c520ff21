from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.marks import group_of, parse
from designer.machine.resources import Address, Bridge, Namespace, Port, Resource, Route, Veth
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, MARK, OTHER, Ground, change, create, delete, nothing_happens
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", owner=LAB)
SPACE = Namespace(name=f"{LAB}-c1", owner=LAB)
NEAR = Veth(
    name="near", peer="eth0", peer_netns=SPACE.name, master="br0", mac="02:00:00:00:00:01",
    mtu=1400, ipv6=False, port=Port(cost=55, priority=7, hairpin=True), owner=LAB,
)  # fmt: skip
FAR = Veth(netns=SPACE.name, name="eth0", peer="near", mac="02:00:00:00:00:02", mtu=1400, owner=LAB)


def test_both_ends_as_stated(ground: Ground) -> None:
    ground.deploy(BRIDGE, SPACE, NEAR, FAR)
    near, far = ground.link("near"), ground.link("eth0", SPACE.name)
    assert near["master"] == "br0"
    assert (near["mtu"], far["mtu"]) == (1400, 1400)
    assert (near["address"], far["address"]) == ("02:00:00:00:00:01", "02:00:00:00:00:02")
    assert {"UP", "LOWER_UP"} <= set(near["flags"]) & set(far["flags"])
    assert (near["link_index"], far["link_index"]) == (far["ifindex"], near["ifindex"])
    port = ground.port("near")
    assert (port["cost"], port["priority"], port["hairpin"]) == (55, 7, True)


def test_a_lent_bridge_takes_ports_without_a_mark_and_no_other_does(ground: Ground) -> None:
    """Bridges of libvirt's networks carry none."""
    ground.sh("link add br0 up type bridge")
    ground.deploy(SPACE)
    pair = replace(create(FAR), key=NEAR.key, after=NEAR, peer_after=FAR)
    for lent in ((), ("br1",)):
        with pytest.raises(OperationFailed, match="br0 does not carry this lab's mark"):
            ground.kernel.perform([pair], MARK, lent=lent)
    ground.kernel.perform([pair], MARK, lent=("br0",))
    assert ground.link("near")["master"] == "br0"
    assert ground.link("br0").get("ifalias") is None


def test_marks_on_both_ends(ground: Ground) -> None:
    ground.deploy(BRIDGE, SPACE, NEAR, FAR)
    for seen in (ground.link("near"), ground.link("eth0", SPACE.name)):
        mark = parse(seen["ifalias"])
        assert mark is not None
        assert mark.lab == LAB
        assert seen["group"] == str(group_of(LAB))


def test_ipv6_is_off_on_this_end_alone(ground: Ground) -> None:
    ground.deploy(BRIDGE, SPACE, NEAR, FAR)
    assert not [a for one in ground.ip("-6", "addr", "show", "dev", "near") for a in
                one.get("addr_info", [])]  # fmt: skip
    path = "/proc/sys/net/ipv6/conf/{}/disable_ipv6"
    assert ground.run("cat", path.format("near")) == "1\n"
    assert ground.run("cat", path.format("default")) == "0\n"
    assert ground.run("cat", path.format("eth0"), netns=SPACE.name) == "0\n"
    far = ground.observe().get(FAR.key)
    assert isinstance(far, Veth)
    assert far.ipv6 is True


def test_changes_of_either_end_leave_the_pair_standing(ground: Ground) -> None:
    ground.deploy(BRIDGE, SPACE, NEAR, FAR)
    index = ground.link("near")["ifindex"]
    near = replace(NEAR, mtu=1300, mac="02:00:00:00:00:03", port=Port(cost=9, hairpin=False))
    far = replace(FAR, mtu=1300, up=False)
    operations = ground.deploy(BRIDGE, SPACE, near, far)
    assert {one.action for one in operations} == {"change"}
    seen, port = ground.link("near"), ground.port("near")
    assert (seen["ifindex"], seen["mtu"], seen["address"]) == (index, 1300, "02:00:00:00:00:03")
    assert (port["cost"], port["priority"], port["hairpin"]) == (9, 7, False)
    assert "UP" not in ground.link("eth0", SPACE.name)["flags"]


def test_a_cable_pulled_at_its_bridge_takes_the_carrier_and_nothing_else(ground: Ground) -> None:
    held: list[Resource] = [
        BRIDGE,
        SPACE,
        FAR,
        Address(netns=SPACE.name, link="eth0", address="10.0.0.2/24", owner=LAB),
        Address(netns=SPACE.name, link="eth0", address="fd00::2/64", owner=LAB),
        Route(netns=SPACE.name, to="0.0.0.0/0", via="10.0.0.1", owner=LAB),
        Route(netns=SPACE.name, to="::/0", via="fd00::1", owner=LAB),
    ]
    ground.deploy(*held, NEAR)
    pulled = replace(NEAR, up=False)
    assert [one.fields for one in ground.deploy(*held, pulled)] == [("up",)]
    for name, netns in (("near", ""), ("eth0", SPACE.name)):
        assert "LOWER_UP" not in ground.link(name, netns)["flags"]
    assert ground.deploy(*held, pulled) == ()  # addresses and routes are where they were
    assert [one.fields for one in ground.deploy(*held, NEAR)] == [("up",)]
    for name, netns in (("near", ""), ("eth0", SPACE.name)):
        assert "LOWER_UP" in ground.link(name, netns)["flags"]
    assert ground.port("near")["cost"] == 55


def test_to_another_bridge_and_to_none(ground: Ground) -> None:
    other = Bridge(name="br1", owner=LAB)
    ground.deploy(BRIDGE, other, SPACE, NEAR, FAR)
    ground.deploy(BRIDGE, other, SPACE, replace(NEAR, master="br1"), FAR)
    assert ground.link("near")["master"] == "br1"
    assert ground.port("near")["cost"] == 55
    ground.deploy(BRIDGE, other, SPACE, replace(NEAR, master=None, port=None), FAR)
    assert "master" not in ground.link("near")


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    ground.deploy(BRIDGE, SPACE, NEAR, FAR)
    with nothing_happens():
        ground.perform(create(NEAR, FAR))
        ground.perform(change(NEAR, NEAR))


def test_one_of_ours_that_was_made_half_is_finished(ground: Ground) -> None:
    """Killed between the bundle that makes a pair and the one that marks its other end."""
    ground.deploy(BRIDGE, SPACE)
    ground.run("ip", "link", "add", "near", "type", "veth", "peer", "name", "eth0",
               "netns", SPACE.name)  # fmt: skip
    ground.run("ip", "link", "set", "near", "alias", f"trunkline:{LAB}:deployment-0")
    seen = ground.observe()
    assert seen.resources[FAR.key].owner == LAB
    ground.perform(create(NEAR, FAR))
    ground.deploy(BRIDGE, SPACE, NEAR, FAR)
    mark = parse(ground.link("eth0", SPACE.name)["ifalias"])
    assert mark is not None
    assert mark.lab == LAB


@pytest.mark.parametrize("alias", [None, f"trunkline:{OTHER}:1", "trunkline:"])
def test_a_foreign_link_of_that_name_is_refused_and_left(ground: Ground, alias: str | None) -> None:
    ground.deploy(BRIDGE, SPACE)
    ground.run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
    if alias:
        ground.run("ip", "link", "set", "near", "alias", alias)
    before = ground.link("near")
    for operation in (create(NEAR, FAR), delete(NEAR, FAR), change(NEAR, NEAR)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert "near" in raised.value.words
        assert raised.value.advice
    assert ground.link("near") == before
    assert ground.links(SPACE.name) == set()


def test_a_foreign_link_where_the_other_end_would_be(ground: Ground) -> None:
    ground.deploy(BRIDGE, SPACE)
    ground.run("ip", "-n", SPACE.name, "link", "add", "eth0", "type", "bridge")
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(NEAR, FAR))
    assert "eth0" in raised.value.words
    assert ground.links() == {"br0"}


def test_two_hundred_go_and_foreign_ones_of_the_same_group_stay(ground: Ground) -> None:
    resources = bridged(200)
    ground.deploy(*resources)
    group = str(group_of(LAB))
    ground.run("ip", "link", "add", "decoy", "group", group, "type", "veth", "peer", "name", "d2")
    ground.run("ip", "link", "set", "d2", "group", group)
    ground.deploy()
    assert ground.links() == {"decoy", "d2"}
    assert ground.namespaces() == set()


def test_between_two_containers_and_within_one_namespace(ground: Ground) -> None:
    other = Namespace(name=f"{LAB}-c2", owner=LAB)
    pairs = [
        Veth(netns=SPACE.name, name="a", peer="b", peer_netns=other.name, owner=LAB),
        Veth(netns=other.name, name="b", peer="a", peer_netns=SPACE.name, owner=LAB),
        Veth(name="x", peer="y", owner=LAB),
        Veth(name="y", peer="x", owner=LAB),
    ]
    ground.deploy(SPACE, other, *pairs)
    assert ground.links() == {"x", "y"}
    assert ground.links(SPACE.name) == {"a"}
    assert ground.links(other.name) == {"b"}
    ground.deploy()
    assert ground.links() == set()


def test_between_two_bridges(ground: Ground) -> None:
    bridges = [BRIDGE, Bridge(name="br1", owner=LAB)]
    ends = [
        Veth(name="x", peer="y", master="br0", ipv6=False, owner=LAB, port=Port(cost=3)),
        Veth(name="y", peer="x", master="br1", ipv6=False, owner=LAB, port=Port(cost=4)),
    ]
    ground.deploy(*bridges, *ends)
    assert (ground.link("x")["master"], ground.link("y")["master"]) == ("br0", "br1")
    assert (ground.port("x")["cost"], ground.port("y")["cost"]) == (3, 4)


def test_a_master_that_is_not_ours_is_refused(ground: Ground) -> None:
    ground.deploy(SPACE)
    ground.run("ip", "link", "add", "br0", "type", "bridge")
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(NEAR, FAR))
    assert "br0" in raised.value.words
    assert ground.links() == {"br0"}


def test_a_namespace_that_is_not_there(ground: Ground) -> None:
    ground.deploy(BRIDGE)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(NEAR, FAR))
    assert SPACE.name in raised.value.words
    ground.perform(delete(FAR, NEAR))  # gone with its namespace: done
