"""What a kernel without 802.1Q says, and what is said to the reader."""

from __future__ import annotations

import pytest

from designer.machine.resources import Bridge, Module, Port, Veth, Vlan
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, Ground, create
from tests.drivers.vlan import elsewhere

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(elsewhere.here(), reason="this kernel has 802.1Q"),
]


def test_the_inventory_says_so(ground: Ground) -> None:
    found = ground.kernel.inventory()
    assert not found.can("8021q")
    assert not found.can("vlan_filtering")
    assert found.loadable == ()


def test_a_sub_interface(ground: Ground) -> None:
    ground.sh("link add eth1 type veth peer name wire")
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(Vlan(name="eth1.10", device="eth1", vid=10, owner=LAB)))
    assert "kernel has no 802.1Q (CONFIG_VLAN_8021Q). Load the module" in raised.value.advice
    assert ground.links() == {"eth1", "wire"}


def test_a_vlan_aware_bridge(ground: Ground) -> None:
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(Bridge(name="br0", vlan_filtering=True, owner=LAB)))
    assert "CONFIG_BRIDGE_VLAN_FILTERING" in raised.value.advice
    assert ground.links() == set()


def test_vlans_of_a_port(ground: Ground) -> None:
    ground.deploy(Bridge(name="br0", vlan_filtering=False, owner=LAB))
    port = Port(pvid=10, untagged=(10,), tagged=())
    near = Veth(name="p1", peer="p2", master="br0", port=port, owner=LAB)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(near, Veth(name="p2", peer="p1", owner=LAB)))
    assert "CONFIG_BRIDGE_VLAN_FILTERING" in raised.value.advice


def test_the_module(ground: Ground) -> None:
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(Module(name="8021q")))
    assert "8021q" in raised.value.words
    assert "linux-modules-extra" in raised.value.advice
