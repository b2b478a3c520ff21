"""Machine states and inventories."""

from __future__ import annotations

import pytest

from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    Module,
    Namespace,
    NatTable,
    Parent,
    Physical,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import FEATURES, DuplicateResource, Inventory, MachineState, NicFacts

BRIDGE = Bridge(name="br0", owner="mylab")
VETH = Veth(name="v0", peer="v1")


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        (Namespace(name="a"), ("namespace", "a")),
        (Bridge(name="br0"), ("link", "", "br0")),
        (Veth(netns="a", name="eth0", peer="p"), ("link", "a", "eth0")),
        (Vxlan(name="x", vni=1, device="eth1", local="192.0.2.1"), ("link", "", "x")),
        (Vlan(netns="a", name="eth0", device="eth1", vid=10), ("link", "a", "eth0")),
        (Parent(device="eth1"), ("parent", "eth1")),
        (Module(name="8021q"), ("module", "8021q")),
        (Physical(name="eth1"), ("link", "", "eth1")),
        (Address(link="br0", address="10.0.0.1/24"), ("address", "", "br0", "10.0.0.1/24")),
        (Route(netns="a", to="0.0.0.0/0", via="10.0.0.1"), ("route", "a", "0.0.0.0/0", "10.0.0.1")),
        (NatTable(netns="a", name="t", outside=("eth0",)), ("table", "a", "t")),
        (Domain(name="d", uuid="u", memory=1, vcpus=1), ("domain", "d")),
    ],
)
def test_keys_say_which_one_it_is(resource: Resource, key: tuple[str, ...]) -> None:
    assert resource.key == key
    assert MachineState.of([resource]).get(key) is resource


def test_states_keep_order_and_find_by_type_and_owner() -> None:
    state = MachineState.of([VETH, BRIDGE])
    assert list(state) == [VETH, BRIDGE]
    assert len(state) == 2
    assert list(state.of_type(Bridge)) == [BRIDGE]
    assert list(state.owned_by("mylab")) == [BRIDGE]
    assert state.get(("link", "", "none")) is None


def test_two_of_one_key_are_refused() -> None:
    with pytest.raises(DuplicateResource) as refused:
        MachineState.of([BRIDGE, Veth(name="br0", peer="b")])
    assert refused.value.key == ("link", "", "br0")


def test_inventories_answer_what_is_asked() -> None:
    nic = NicFacts(name="eth1", mac="02:00:00:00:00:01", mtu=1500, up=True)
    inventory = Inventory(name="hv1", features={"bridge": True, "8021q": False}, nics=(nic,))
    assert inventory.nic("eth1") is nic
    assert inventory.nic("eth9") is None
    assert [inventory.can(one) for one in ("bridge", "8021q", "kvm")] == [True, False, False]
    assert "8021q" in FEATURES
