from __future__ import annotations

import json
from dataclasses import replace

import pytest

from designer.machine.resources import Address, Bridge, Namespace, Resource, Veth, Vxlan
from tasks.drivers import OperationFailed
from tasks.drivers.kernel import Kernel
from tests.drivers.ground import (
    LAB,
    MARK,
    OTHER,
    Ground,
    change,
    create,
    delete,
    nothing_happens,
)

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", ipv6=False, owner=LAB)
VXLAN = Vxlan(
    name="tlx0", vni=4242, device="eth1", local="192.0.2.1", remotes=("192.0.2.2", "192.0.2.3"),
    master="br0", mtu=1450, ipv6=False, owner=LAB,
)  # fmt: skip


def underlay(ground: Ground) -> None:
    ground.sh("""
        link add eth1 type veth peer name wire
        link set eth1 up
        link set wire up
        address add 192.0.2.1/24 dev eth1
    """)


def flood(ground: Ground) -> set[str]:
    entries = json.loads(ground.run("bridge", "-j", "fdb", "show", "dev", "tlx0"))
    return {one["dst"] for one in entries if "dst" in one and one["mac"] == "00:00:00:00:00:00"}


def test_as_stated(ground: Ground) -> None:
    underlay(ground)
    ground.deploy(BRIDGE, VXLAN)
    seen = ground.link("tlx0")
    data = seen["linkinfo"]["info_data"]
    assert (data["id"], data["link"], data["local"], data["port"]) == (
        4242, "eth1", "192.0.2.1", 4789,
    )  # fmt: skip
    assert (seen["master"], seen["mtu"]) == ("br0", 1450)
    assert seen["ifalias"] == f"trunkline:{LAB}:deployment-1"
    assert flood(ground) == {"192.0.2.2", "192.0.2.3"}


def test_remotes_change_while_it_stays(ground: Ground) -> None:
    underlay(ground)
    ground.deploy(BRIDGE, VXLAN)
    index = ground.link("tlx0")["ifindex"]
    operations = ground.deploy(BRIDGE, replace(VXLAN, remotes=("192.0.2.3", "192.0.2.4")))
    assert [one.action for one in operations] == ["change"]
    assert flood(ground) == {"192.0.2.3", "192.0.2.4"}
    assert ground.link("tlx0")["ifindex"] == index
    ground.deploy(BRIDGE, replace(VXLAN, remotes=()))
    assert flood(ground) == set()


def test_over_ipv6(ground: Ground) -> None:
    underlay(ground)
    ground.run("ip", "address", "add", "2001:db8::1/64", "dev", "eth1", "nodad")
    ground.deploy(BRIDGE, replace(VXLAN, local="2001:db8::1", remotes=("2001:db8::2",), mtu=1430))
    assert flood(ground) == {"2001:db8::2"}


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    underlay(ground)
    ground.deploy(BRIDGE, VXLAN)
    with nothing_happens():
        ground.perform(create(VXLAN))
        ground.perform(change(VXLAN, VXLAN))
    assert flood(ground) == set(VXLAN.remotes)


def test_delete_twice(ground: Ground) -> None:
    underlay(ground)
    ground.deploy(BRIDGE, VXLAN)
    ground.perform(delete(VXLAN))
    ground.perform(delete(VXLAN))
    assert ground.links() == {"br0", "eth1", "wire"}


def test_a_foreign_one_is_refused_and_left(ground: Ground) -> None:
    underlay(ground)
    ground.deploy(BRIDGE)
    ground.run("ip", "link", "add", "tlx0", "type", "vxlan", "id", "9", "dstport", "4789")
    before = ground.link("tlx0")
    for operation in (create(VXLAN), change(VXLAN, VXLAN), delete(VXLAN)):
        with pytest.raises(OperationFailed):
            ground.perform(operation)
    assert ground.link("tlx0") == before


def test_another_tunnel_with_that_id(ground: Ground) -> None:
    underlay(ground)
    ground.deploy(Vxlan(name="theirs", vni=4242, device="eth1", local="192.0.2.1", owner=OTHER),
                  lab=OTHER)  # fmt: skip
    ground.deploy(BRIDGE)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(VXLAN))
    assert "4242" in raised.value.words


def test_a_device_that_is_not_there(ground: Ground) -> None:
    ground.deploy(BRIDGE)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(VXLAN))
    assert "eth1" in raised.value.words


def test_two_hypervisors_over_a_segment(ground: Ground) -> None:
    """Containers on bridges of two namespaces that stand for machines ping through the tunnel."""
    ground.sh("""
        netns add hv1
        netns add hv2
        link add eth1 netns hv1 type veth peer name eth1 netns hv2
        -n hv1 address add 192.0.2.1/24 dev eth1
        -n hv2 address add 192.0.2.2/24 dev eth1
        -n hv1 link set eth1 up
        -n hv2 link set eth1 up
    """)
    for number, other in ((1, 2), (2, 1)):
        kernel = Kernel(netns=f"hv{number}")
        netns = f"{LAB}-c{number}"
        resources: list[Resource] = [
            BRIDGE,
            replace(VXLAN, local=f"192.0.2.{number}", remotes=(f"192.0.2.{other}",)),
            Namespace(name=netns, owner=LAB),
        ]
        kernel.perform([create(one) for one in resources], MARK)
        near = Veth(name="c", peer="eth0", peer_netns=netns, master="br0", mtu=1450, owner=LAB)
        far = Veth(netns=netns, name="eth0", peer="c", mtu=1450, owner=LAB)
        address = Address(netns=netns, link="eth0", address=f"10.9.0.{number}/24", owner=LAB)
        kernel.perform([create(near, far), create(address)], MARK)
        kernel.close()
    assert ground.pings("10.9.0.2", f"{LAB}-c1")
