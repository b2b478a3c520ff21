from __future__ import annotations

import pytest

from designer.machine.resources import Bridge, Parent, Vlan
from tests.drivers.ground import LAB, OTHER, Ground, create, delete
from tests.drivers.vlan.labs import card, inventory, on_trunk, parent

pytestmark = pytest.mark.kernel


def marks(ground: Ground, name: str = "eth1") -> set[str]:
    return set(ground.link(name).get("altnames", ()))


def is_up(ground: Ground, name: str = "eth1") -> bool:
    return "UP" in ground.link(name)["flags"]


def test_a_card_that_was_down_is_up_meanwhile(ground: Ground) -> None:
    card(ground, up=False)
    ground.deploy(parent())
    assert is_up(ground)
    assert marks(ground) == {f"trunkline+{LAB}+down+eth1"}
    (seen,) = ground.observe()
    assert seen == Parent(device="eth1", up=True, was_up=False, owner=LAB)
    ground.deploy()
    assert not is_up(ground)
    assert marks(ground) == set()


def test_a_card_that_was_up_stays_so(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent())
    assert marks(ground) == {f"trunkline+{LAB}+up+eth1"}
    ground.deploy()
    assert is_up(ground)
    assert marks(ground) == set()


@pytest.mark.parametrize("first_goes_first", [True, False])
def test_the_last_lab_that_goes_sets_it_down(ground: Ground, first_goes_first: bool) -> None:
    card(ground, up=False)
    for lab in (LAB, OTHER):
        ground.deploy(parent(lab=lab), lab=lab)
    assert marks(ground) == {f"trunkline+{lab}+down+eth1" for lab in (LAB, OTHER)}
    first, last = (LAB, OTHER) if first_goes_first else (OTHER, LAB)
    ground.deploy(lab=first)
    assert is_up(ground)
    assert marks(ground) == {f"trunkline+{last}+down+eth1"}
    ground.deploy(lab=last)
    assert not is_up(ground)


def test_two_cards_of_one_lab(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent(), parent("eth1-w"))
    assert marks(ground, "eth1-w") == {f"trunkline+{LAB}+up+eth1-w"}


def test_a_card_that_somebody_set_down_is_set_up_again(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent())
    ground.run("ip", "link", "set", "eth1", "down")
    (operation,) = ground.deploy(parent())
    assert (operation.action, operation.fields) == ("change", ("up",))
    assert is_up(ground)


def test_a_second_time(ground: Ground) -> None:
    card(ground, up=False)
    ground.perform(create(parent()), create(parent()))
    assert marks(ground) == {f"trunkline+{LAB}+down+eth1"}  # not: up, as it is by now
    ground.perform(delete(parent()), delete(parent()))
    assert not is_up(ground)
    ground.run("ip", "link", "delete", "eth1")
    ground.perform(delete(parent()))


def test_after_deploy_and_destroy_all_is_as_it_was(ground: Ground) -> None:
    """Beside somebody's own sub-interface on the card, names that look like ours, an unmarked
    bridge with VLANs, and another lab on the same card."""
    card(ground)
    card(ground, "eth2", up=False)
    ground.sh("""
        link add link eth1 name eth1.99 type vlan id 99
        link set eth1.99 up
        address add 192.0.2.1/24 dev eth1.99
        link property add dev eth1 altname trunkline-uplink
        link add brvlan-99 type bridge vlan_filtering 1
        link add link eth2 name eth2.99 type vlan id 99
        link set eth1-w master brvlan-99
    """)
    ground.run("bridge", "vlan", "add", "dev", "eth1-w", "vid", "99")
    theirs = [parent(lab=OTHER), *on_trunk("o", 30, "10.0.0.9/24", lab=OTHER)]
    ground.deploy(*theirs, lab=OTHER)
    before = inventory(ground)
    ground.deploy(
        parent(),
        parent("eth2"),
        Bridge(name="brvlan-10", ipv6=False, owner=LAB),
        Vlan(name="eth1.10", device="eth1", vid=10, master="brvlan-10", owner=LAB),
        Vlan(name="eth2.10", device="eth2", vid=10, master="brvlan-10", owner=LAB),
        *on_trunk("a", 20, "10.0.0.1/24"),
    )
    assert inventory(ground) != before
    ground.deploy()
    assert inventory(ground) == before
    ground.deploy(lab=OTHER)
    assert not any(name.startswith("trunkline+") for name in marks(ground))
