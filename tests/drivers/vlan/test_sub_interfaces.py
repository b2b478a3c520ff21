from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.marks import group_of
from designer.machine.resources import Address, Bridge, Namespace, Physical, Resource, Vlan
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, OTHER, Ground, change, create, delete, nothing_happens
from tests.drivers.vlan.labs import capture, card, on_trunk, parent

pytestmark = pytest.mark.kernel

VLAN = Vlan(name="eth1.10", device="eth1", vid=10, ipv6=False, owner=LAB)


def test_as_ip_shows_it(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent(), VLAN)
    seen = ground.link("eth1.10")
    assert seen["link"] == "eth1"
    assert seen["linkinfo"]["info_kind"] == "vlan"
    assert seen["linkinfo"]["info_data"]["id"] == 10
    assert seen["linkinfo"]["info_data"]["protocol"] == "802.1Q"
    assert seen["ifalias"] == f"trunkline:{LAB}:deployment-1"
    assert {"UP", "LOWER_UP"} <= set(seen["flags"])
    assert seen["address"] == ground.link("eth1")["address"]


def test_born_in_a_namespace_with_all_that_is_stated(ground: Ground) -> None:
    card(ground)
    netns = f"{LAB}-c1"
    vlan = Vlan(
        netns=netns, name="eth0", device="eth1", vid=4094, mac="02:00:00:00:00:11", mtu=1400,
        owner=LAB,
    )  # fmt: skip
    ground.deploy(
        parent(),
        Namespace(name=netns, owner=LAB),
        vlan,
        Address(netns=netns, link="eth0", address="10.0.0.1/24", owner=LAB),
    )
    seen = ground.link("eth0", netns)
    assert seen["linkinfo"]["info_data"]["id"] == 4094
    assert (seen["address"], seen["mtu"]) == ("02:00:00:00:00:11", 1400)
    assert seen["ifalias"] == f"trunkline:{LAB}:deployment-1"
    assert "eth0" not in ground.links()
    observed = ground.observe().resources[vlan.key]
    assert isinstance(observed, Vlan)
    assert (observed.device, observed.vid, observed.owner) == ("eth1", 4094, LAB)


def test_a_port_of_a_bridge_of_its_own(ground: Ground) -> None:
    card(ground)
    ground.deploy(
        parent(), Bridge(name="brvlan-10", ipv6=False, owner=LAB), replace(VLAN, master="brvlan-10")
    )
    assert ground.link("eth1.10")["master"] == "brvlan-10"


def test_the_same_vlan_reaches_across_and_the_other_does_not(ground: Ground) -> None:
    """eth1 and eth1-w are the trunk's two ends; the frames between them carry the tag."""
    card(ground)
    ground.deploy(
        parent(),
        parent("eth1-w"),
        *on_trunk("a10", 10, "10.0.0.1/24"),
        *on_trunk("a20", 20, "10.0.0.1/24"),
        *on_trunk("b10", 10, "10.0.0.2/24", device="eth1-w"),
        *on_trunk("b20", 20, "10.0.0.3/24", device="eth1-w"),
    )
    with capture("eth1-w") as lines:
        assert ground.pings("10.0.0.2", f"{LAB}-a10")
        assert ground.pings("10.0.0.3", f"{LAB}-a20")
        assert not ground.pings("10.0.0.3", f"{LAB}-a10", seconds=1)
        assert not ground.pings("10.0.0.2", f"{LAB}-a20", seconds=1)
    requests = [line for line in lines if "ICMP echo request" in line]
    assert any("vlan 10" in line and "> 10.0.0.2" in line for line in requests)
    assert any("vlan 20" in line and "> 10.0.0.3" in line for line in requests)
    assert all("vlan 10" in line or "vlan 20" in line for line in requests)


def test_changed_while_it_stays_the_same_link(ground: Ground) -> None:
    card(ground)
    rest: list[Resource] = [parent(), Bridge(name="br0", ipv6=False, owner=LAB)]
    ground.deploy(*rest, VLAN)
    index = ground.link("eth1.10")["ifindex"]
    ground.deploy(*rest, replace(VLAN, mtu=1300, mac="02:00:00:00:00:77", master="br0"))
    seen = ground.link("eth1.10")
    assert (seen["mtu"], seen["address"], seen["master"]) == (1300, "02:00:00:00:00:77", "br0")
    ground.deploy(*rest, replace(VLAN, up=False))
    seen = ground.link("eth1.10")
    assert "UP" not in seen["flags"]
    assert "master" not in seen
    assert seen["ifindex"] == index


def test_another_id_is_another_link(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent(), VLAN)
    operations = ground.deploy(parent(), replace(VLAN, vid=11))
    assert [one.action for one in operations] == ["delete", "create"]
    assert ground.link("eth1.10")["linkinfo"]["info_data"]["id"] == 11


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent(), VLAN)
    with nothing_happens():
        ground.perform(create(parent()), create(VLAN), change(VLAN, VLAN))
    ground.deploy()
    assert ground.links() == {"eth1", "eth1-w"}
    with nothing_happens():
        ground.perform(delete(VLAN), delete(parent()))


def test_a_name_that_somebody_else_has(ground: Ground) -> None:
    card(ground)
    ground.run("ip", "link", "add", "link", "eth1", "name", "eth1.10", "type", "vlan", "id", "10")
    before = ground.link("eth1.10")
    for operation in (create(VLAN), change(VLAN, VLAN), delete(VLAN)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert "eth1.10 does not carry this lab's mark" in raised.value.words
    assert ground.link("eth1.10") == before


def test_an_id_that_somebody_else_has_by_another_name(ground: Ground) -> None:
    card(ground)
    ground.run("ip", "link", "add", "link", "eth1", "name", "office", "type", "vlan", "id", "10")
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(VLAN))
    assert raised.value.words == (
        "VLAN 10 of eth1 has a sub-interface already, office, which is not this lab's"
    )
    assert "Choose another VLAN" in raised.value.advice
    assert ground.links() == {"eth1", "eth1-w", "office"}


def test_an_id_that_is_taken_in_another_namespace(ground: Ground) -> None:
    card(ground)
    ground.deploy(parent(), *on_trunk("a", 10, "10.0.0.1/24", lab=OTHER), lab=OTHER)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(VLAN))
    assert "already, in another network namespace" in raised.value.words
    assert ground.links() == {"eth1", "eth1-w"}


def test_the_id_of_a_namespace_that_goes_can_be_had_at_once(ground: Ground) -> None:
    """The kernel clears namespaces away in the background."""
    card(ground)
    one = [parent(), *on_trunk("a", 10, "10.0.0.1/24")]
    other = [parent(), *on_trunk("b", 10, "10.0.0.1/24")]
    for _ in range(3):
        ground.deploy(*one)
        ground.run("ip", "netns", "delete", f"{LAB}-a")
        ground.deploy(*other)
        ground.deploy()


def test_one_that_a_kill_left_without_its_mark_is_the_labs(ground: Ground) -> None:
    card(ground)
    lab = [parent(), *on_trunk("a", 10, "10.0.0.1/24")]
    ground.deploy(*lab[:2])
    ground.run(
        "ip", "link", "add", "link", "eth1", "name", "eth0", "netns", f"{LAB}-a",
        "group", str(group_of(LAB)), "type", "vlan", "id", "10",
    )  # fmt: skip
    ground.deploy(*lab)
    assert ground.link("eth0", f"{LAB}-a")["ifalias"] == f"trunkline:{LAB}:deployment-1"
    ground.deploy()
    assert ground.namespaces() == set()


def test_one_that_somebody_put_into_the_labs_namespace_is_theirs(ground: Ground) -> None:
    card(ground)
    lab = on_trunk("a", 10, "10.0.0.1/24")
    ground.deploy(parent(), lab[0])
    ground.run(
        "ip", "link", "add", "link", "eth1", "name", "eth0", "netns", f"{LAB}-a",
        "type", "vlan", "id", "10",
    )  # fmt: skip
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(lab[1]))
    assert "does not carry this lab's mark" in raised.value.words


def test_an_mtu_that_the_card_does_not_have(ground: Ground) -> None:
    card(ground)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(replace(VLAN, mtu=1600)))
    assert "eth1, which has 1500" in raised.value.words
    assert "eth1.10" not in ground.links()


def test_a_card_that_is_down_says_so(ground: Ground) -> None:
    card(ground, up=False)
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(VLAN))
    assert raised.value.advice.startswith("The card below is down")


def test_a_card_that_is_not_there(ground: Ground) -> None:
    for operation in (create(parent()), create(VLAN)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert "there is no interface eth1" in raised.value.words


def test_a_protected_card_takes_none(ground: Ground) -> None:
    card(ground, "mgmt0")
    for wanted in (replace(VLAN, device="mgmt0"), parent("mgmt0")):
        for operation in (create(wanted), delete(wanted)):
            with pytest.raises(OperationFailed) as raised:
                ground.perform(operation)
            assert "protected" in raised.value.words
    assert ground.links() == {"mgmt0", "mgmt0-w"}


def test_somebodys_802_1ad_is_a_card_like_any_other(ground: Ground) -> None:
    card(ground)
    ground.sh("link add link eth1 name s.10 type vlan protocol 802.1ad id 10")
    (seen,) = ground.observe([("link", "", "s.10")])
    assert isinstance(seen, Physical)
    ground.deploy(parent(), VLAN)  # the other protocol's ids are others
