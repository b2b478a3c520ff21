from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.resources import (
    Address,
    Bridge,
    Namespace,
    Physical,
    Port,
    Resource,
    Route,
    Veth,
)
from designer.machine.state import MachineState
from designer.planner import differences, plan
from tests.drivers.ground import LAB, OTHER, Ground, nothing_happens
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel


def test_an_empty_machine(ground: Ground) -> None:
    assert len(ground.observe()) == 0
    assert len(ground.observe([("link", "", "br0"), ("namespace", "x")])) == 0


def test_what_is_observed_agrees_with_ip(ground: Ground) -> None:
    ground.deploy(*bridged(2))
    for seen in ground.observe():
        if isinstance(seen, Bridge | Veth):
            said = ground.link(seen.name, seen.netns)
            assert seen.index == said["ifindex"]
            assert seen.mac == said["address"]
            assert seen.mtu == said["mtu"]
            assert seen.up is ("UP" in said["flags"])
            assert seen.running is ("LOWER_UP" in said["flags"])
            assert seen.master == said.get("master")
            assert seen.owner == LAB
    near = ground.observe().resources["link", "", "tlv-br0-1"]
    assert isinstance(near, Veth)
    assert near.port == Port(cost=2, priority=32, hairpin=False, state="forwarding")
    assert (near.peer_netns, near.peer, near.ipv6) == (f"{LAB}-c1", "eth0", False)


def test_labs_side_by_side_see_only_their_own(ground: Ground) -> None:
    ground.deploy(*bridged(1))
    others: list[Resource] = [
        Bridge(name="br-o", owner=OTHER),
        Namespace(name=f"{LAB}-decoy", owner=OTHER),
    ]
    ground.deploy(*others, lab=OTHER)
    ground.run("ip", "link", "add", "tlbdecoy", "type", "bridge")
    ground.run("ip", "netns", "add", f"{LAB}-c9")
    assert {one.owner for one in ground.observe()} == {LAB}
    assert {one.key for one in ground.observe(lab=OTHER)} == {one.key for one in others}
    keys = [("link", "", "br-o"), ("link", "", "tlbdecoy"), ("namespace", f"{LAB}-c9")]
    seen = ground.observe(keys)
    assert [seen.resources[key].owner for key in keys] == [OTHER, None, None]
    ground.deploy()
    assert ground.links() == {"br-o", "tlbdecoy"}
    assert ground.namespaces() == {f"{LAB}-decoy", f"{LAB}-c9"}


def test_what_others_put_into_ours_is_theirs(ground: Ground) -> None:
    resources: list[Resource] = bridged(1)
    netns = f"{LAB}-c1"
    ground.deploy(*resources)
    ground.sh(f"""
        link add theirs type veth peer name far
        link set theirs master br0 up
        address add 10.0.0.77/24 dev br0
        -n {netns} link add theirs type bridge
        -n {netns} address add 10.0.0.78/24 dev eth0
        -n {netns} route add 172.16.0.0/12 via 10.0.0.3
    """)
    assert differences(MachineState.of(resources), ground.observe(), LAB) == ()
    ground.deploy(*resources[:1])
    assert ground.links() == {"br0", "theirs", "far"}
    assert ground.link("theirs")["master"] == "br0"


def test_a_plain_card_at_a_key_is_physical(ground: Ground) -> None:
    ground.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "wire")
    seen = ground.observe([("link", "", "eth1")]).get(("link", "", "eth1"))
    assert isinstance(seen, Physical)
    assert (seen.type, seen.owner, seen.up) == ("veth", None, False)


def test_drift_shows_with_the_fields_that_differ(ground: Ground) -> None:
    resources = bridged(1)
    desired = MachineState.of(resources)
    ground.deploy(*resources)
    ground.sh(f"""
        link set tlv-br0-1 nomaster
        link set br0 down
        -n {LAB}-c1 address del 10.0.0.1/24 dev eth0
    """)
    found = {one.key: (one.kind, one.fields)
             for one in differences(desired, ground.observe(desired.resources), LAB)}  # fmt: skip
    assert found == {
        ("link", "", "br0"): ("changed", ("up",)),
        ("link", "", "tlv-br0-1"): ("changed", ("master",)),
        ("address", f"{LAB}-c1", "eth0", "10.0.0.1/24"): ("missing", ()),
    }
    ground.deploy(*resources)


def test_observing_writes_nothing(ground: Ground) -> None:
    ground.deploy(*bridged(2))
    with nothing_happens():
        ground.observe()


def test_names_and_aliases_that_are_no_text(ground: Ground) -> None:
    ground.deploy(*bridged(1))
    ground.run("ip", "link", "add", "\udcff\udcfe", "type", "bridge")
    ground.run("ip", "link", "add", "odd", "alias", "trunkline:\u202e", "type", "bridge")
    assert len(ground.observe()) == 5
    assert "odd" in ground.kernel.inventory().links


def test_the_same_route_by_another_metric_is_one(ground: Ground) -> None:
    route = Route(netns=f"{LAB}-c1", to="172.16.0.0/12", via="10.0.0.3", owner=LAB)
    resources: list[Resource] = [*bridged(1), route]
    ground.deploy(*resources)
    ground.run("ip", "-n", f"{LAB}-c1", "route", "add", "172.16.0.0/12", "via", "10.0.0.3",
               "metric", "50")  # fmt: skip
    assert differences(MachineState.of(resources), ground.observe(), LAB) == ()


def test_undo_of_a_change_brings_the_fields_back(ground: Ground) -> None:
    before = bridged(1)
    ground.deploy(*before)
    after = [replace(one, stp=True, priority=0) if isinstance(one, Bridge) else one
             for one in before]  # fmt: skip
    ground.deploy(*after, Address(link="br0", address="10.0.0.9/24", owner=LAB))
    ground.deploy(*(replace(one, stp=False, priority=32768) if isinstance(one, Bridge) else one
                    for one in before))  # fmt: skip
    assert plan(MachineState.of(before), ground.observe(), LAB).operations == ()
