from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.resources import Address, Bridge, Namespace, Resource, Veth
from tests.drivers.ground import LAB, Ground, change, create, delete, nothing_happens
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel

ALL = Bridge(
    name="brvlan-10",
    mac="02:aa:bb:cc:dd:ee",
    mtu=1400,
    stp=True,
    priority=4096,
    forward_delay=4,
    hello_time=1,
    max_age=9,
    ageing_time=77,
    ipv6=False,
    owner=LAB,
)


def test_every_option_reaches_the_kernel(ground: Ground) -> None:
    ground.deploy(ALL)
    seen = ground.link("brvlan-10")
    data = seen["linkinfo"]["info_data"]
    assert (seen["address"], seen["mtu"]) == ("02:aa:bb:cc:dd:ee", 1400)
    assert "UP" in seen["flags"]
    assert seen["ifalias"] == f"trunkline:{LAB}:deployment-1"
    assert data["stp_state"] == 1
    assert data["priority"] == 4096
    assert (data["forward_delay"], data["hello_time"], data["max_age"]) == (400, 100, 900)
    assert data["ageing_time"] == 7700
    assert data["bridge_id"].startswith("1000.")


def test_every_option_is_changed_while_it_stays_the_same_bridge(ground: Ground) -> None:
    ground.deploy(ALL)
    index = ground.link("brvlan-10")["ifindex"]
    other = replace(
        ALL, mac="02:aa:bb:cc:dd:ff", mtu=1300, stp=False, priority=8192, forward_delay=5,
        hello_time=2, max_age=11, ageing_time=300, up=False, ipv6=True,
    )  # fmt: skip
    operations = ground.deploy(other)
    assert [one.action for one in operations] == ["change"]
    seen = ground.link("brvlan-10")
    data = seen["linkinfo"]["info_data"]
    assert seen["ifindex"] == index
    assert (seen["address"], seen["mtu"]) == ("02:aa:bb:cc:dd:ff", 1300)
    assert "UP" not in seen["flags"]
    assert (data["stp_state"], data["priority"], data["ageing_time"]) == (0, 8192, 30000)
    assert (data["forward_delay"], data["hello_time"], data["max_age"]) == (500, 200, 1100)


def test_an_mtu_that_is_stated_stays_when_ports_come(ground: Ground) -> None:
    resources = [replace(ALL, mtu=1500)]
    ground.deploy(*resources)
    port = Veth(name="p1", peer="p2", master=ALL.name, mtu=1300, owner=LAB)
    other = Veth(name="p2", peer="p1", owner=LAB)
    ground.deploy(*resources, port, other)
    assert ground.link(ALL.name)["mtu"] == 1500


def test_without_a_mac_the_kernel_takes_the_smallest_of_the_ports(ground: Ground) -> None:
    bridge = Bridge(name="br0", owner=LAB)
    ends = [
        Veth(name="p1", peer="q1", master="br0", mac="02:00:00:00:00:09", owner=LAB),
        Veth(name="q1", peer="p1", owner=LAB),
        Veth(name="p2", peer="q2", master="br0", mac="02:00:00:00:00:05", owner=LAB),
        Veth(name="q2", peer="p2", owner=LAB),
    ]
    ground.deploy(bridge, *ends)
    assert ground.link("br0")["address"] == "02:00:00:00:00:05"


def test_a_fixed_mac_is_given_back_to_the_kernel(ground: Ground) -> None:
    bridge = Bridge(name="br0", mac="02:00:00:00:00:01", stp=True, ipv6=False, owner=LAB)
    netns = f"{LAB}-c"
    rest: list[Resource] = [
        Address(link="br0", address="10.0.0.254/24", owner=LAB),
        Namespace(name=netns, owner=LAB),
        Veth(name="p1", peer="eth0", peer_netns=netns, master="br0", mac="02:00:00:00:00:99",
             ipv6=False, owner=LAB),
        Veth(netns=netns, name="eth0", peer="p1", owner=LAB),
    ]  # fmt: skip
    ground.deploy(bridge, *rest)
    ground.run("ip", "link", "add", "theirs", "type", "veth", "peer", "name", "far")
    ground.run("ip", "link", "set", "theirs", "address", "02:00:00:00:00:98", "master", "br0")
    ground.perform(change(bridge, replace(bridge, mac=None), "mac"))
    seen = ground.link("br0")
    assert seen["address"] == "02:00:00:00:00:98"  # the smallest of its ports
    assert seen["linkinfo"]["info_data"]["stp_state"] == 1
    assert ground.link("p1")["master"] == ground.link("theirs")["master"] == "br0"
    ground.deploy(replace(bridge, mac=None), *rest)  # the address is there again


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    ground.deploy(ALL)
    with nothing_happens():
        ground.perform(create(ALL))
        ground.perform(change(ALL, ALL))


def test_delete_twice(ground: Ground) -> None:
    ground.deploy(ALL)
    ground.perform(delete(ALL))
    assert ground.links() == set()
    ground.perform(delete(ALL))


def test_stp_on_is_seen_at_the_ports(ground: Ground) -> None:
    ground.deploy(*(replace(one, stp=True) if isinstance(one, Bridge) else one
                    for one in bridged(1)))  # fmt: skip
    port = next(one for one in ground.observe() if isinstance(one, Veth) and one.master == "br0")
    assert port.port is not None
    assert port.port.state in ("listening", "learning", "forwarding")
    assert port.port.state == ground.port(port.name)["state"]


def test_stp_off_forwards_at_once(ground: Ground) -> None:
    ground.deploy(*bridged(1))
    assert ground.port("tlv-br0-1")["state"] == "forwarding"
