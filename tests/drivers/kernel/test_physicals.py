from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.resources import Bridge, Parent, Physical
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, OTHER, Ground, change, create, delete, nothing_happens

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", ipv6=False, owner=LAB)
FREE = Physical(name="eth1", owner=None)
PORT = Physical(name="eth1", master="br0", owner=LAB)


def card(ground: Ground, name: str = "eth1") -> None:
    ground.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}-w")
    ground.run("ip", "link", "set", name, "alias", "uplink of rack 7", "up")


def test_lent_and_put_back(ground: Ground) -> None:
    card(ground)
    ground.deploy(BRIDGE, PORT)
    seen = ground.link("eth1")
    assert seen["master"] == "br0"
    assert seen["altnames"] == [f"trunkline-{LAB}-eth1"]
    assert seen["ifalias"] == "uplink of rack 7"
    assert ground.observe().resources[PORT.key].owner == LAB
    ground.deploy()
    seen = ground.link("eth1")
    assert "master" not in seen
    assert "altnames" not in seen
    assert seen["ifalias"] == "uplink of rack 7"
    assert "UP" in seen["flags"]


def test_one_that_was_down_is_so_again(ground: Ground) -> None:
    card(ground)
    ground.run("ip", "link", "set", "eth1", "down")
    ground.deploy(BRIDGE, PORT)
    seen = ground.link("eth1")
    assert "UP" in seen["flags"]
    assert seen["altnames"] == [f"trunkline-{LAB}-eth1+down"]
    other = replace(BRIDGE, name="br1")
    ground.deploy(BRIDGE, other, replace(PORT, master="br1"))
    assert ground.link("eth1")["altnames"] == [f"trunkline-{LAB}-eth1+down"]
    ground.deploy()
    seen = ground.link("eth1")
    assert "UP" not in seen["flags"]
    assert "altnames" not in seen


@pytest.mark.parametrize("port_goes_first", [True, False])
def test_one_that_was_down_and_is_shared(ground: Ground, port_goes_first: bool) -> None:
    """One lab has it as a port, another has sub-interfaces on it."""
    card(ground)
    ground.run("ip", "link", "set", "eth1", "down")
    ground.deploy(BRIDGE, PORT)
    ground.deploy(Parent(device="eth1", owner=OTHER), lab=OTHER)
    first, last = (LAB, OTHER) if port_goes_first else (OTHER, LAB)
    ground.deploy(lab=first)
    assert "UP" in ground.link("eth1")["flags"]
    ground.deploy(lab=last)
    assert "UP" not in ground.link("eth1")["flags"]
    assert "altnames" not in ground.link("eth1")


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    card(ground)
    ground.deploy(BRIDGE, PORT)
    with nothing_happens():
        ground.perform(change(FREE, PORT, "master"))
    ground.perform(delete(PORT))
    with nothing_happens():
        ground.perform(delete(PORT))


def test_a_port_of_somebody_else_is_left(ground: Ground) -> None:
    card(ground)
    ground.sh("""
        link add theirs type bridge
        link set eth1 master theirs
    """)
    ground.deploy(BRIDGE)
    for operation in (change(FREE, PORT, "master"), create(PORT)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert "theirs" in raised.value.words
    ground.perform(delete(PORT))
    assert ground.link("eth1")["master"] == "theirs"


def test_a_port_of_another_lab_is_left(ground: Ground) -> None:
    card(ground)
    ground.deploy(
        Bridge(name="br1", owner=OTHER), Physical(name="eth1", master="br1", owner=OTHER), lab=OTHER
    )
    ground.deploy(BRIDGE)
    with pytest.raises(OperationFailed):
        ground.perform(change(FREE, PORT, "master"))
    ground.perform(delete(PORT))
    assert ground.link("eth1")["master"] == "br1"


def test_a_protected_card_is_refused_before_anything_is_done(ground: Ground) -> None:
    card(ground, "mgmt0")
    wanted = Physical(name="mgmt0", master="br0", owner=LAB)
    for operation in (create(wanted), change(wanted, wanted), delete(wanted)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(create(BRIDGE), operation)
        assert "protected" in raised.value.words
    assert "br0" not in ground.links()
    assert "master" not in ground.link("mgmt0")


def test_a_card_that_is_not_there(ground: Ground) -> None:
    ground.deploy(BRIDGE)
    with pytest.raises(OperationFailed):
        ground.perform(change(FREE, PORT, "master"))
    ground.perform(delete(PORT))
