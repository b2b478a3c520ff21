"""What each drawn thing shows for what was observed."""

from __future__ import annotations

from dataclasses import replace

from designer.machine.held import Held, HeldAddress, HeldRoute
from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    DomainNic,
    Key,
    Lease,
    Module,
    Namespace,
    Parent,
    Physical,
    Port,
    Resource,
    Veth,
    Vlan,
)
from designer.machine.state import MachineState
from designer.planner import Status, statuses

LAB = "mylab"
NS = "mylab-c1"
MAC = "52:54:00:00:00:01"
BRIDGE = Bridge(name="br0", owner=LAB)
SPACE = Namespace(name=NS, owner=LAB)
INNER = Veth(netns=NS, name="eth0", peer="tlv0", owner=LAB)
OUTER = Veth(name="tlv0", peer="eth0", peer_netns=NS, master="br0", owner=LAB)
ADDRESS = Address(netns=NS, link="eth0", address="10.0.0.2/24", owner=LAB)
VM = Domain(
    name="mylab-vm1",
    uuid="u",
    memory=64,
    vcpus=1,
    nics=(DomainNic(mac=MAC, bridge="br0"),),
    owner=LAB,
)
DESIRED: list[Resource] = [BRIDGE, SPACE, INNER, OUTER, ADDRESS, VM]
ORIGINS: dict[Key, str] = {
    BRIDGE.key: "nodes/br0",
    SPACE.key: "nodes/c1",
    INNER.key: "interfaces/c1:eth0",
    ADDRESS.key: "interfaces/c1:eth0",
    OUTER.key: "interfaces/br0:p1",
    VM.key: "nodes/vm1",
    ("nic", VM.name, MAC): "interfaces/vm1:eth0",
    ("cable", "interfaces/vm1:eth0"): "links/l1",
    ("cable", "interfaces/c1:eth0"): "links/l2",
    ("cable", "interfaces/br0:p1"): "links/l2",
}
RUNNING = replace(VM, state="running", nics=(replace(VM.nics[0], tap="vnet0"),))
WELL: list[Resource] = [
    replace(BRIDGE, mac="02:00:00:00:00:09", stp=True, index=3),
    SPACE,
    replace(INNER, running=True, index=2, mac="02:00:00:00:00:01"),
    replace(OUTER, running=True, port=Port(cost=2, state="forwarding")),
    ADDRESS,
    RUNNING,
]


def seen(*instead: Resource, without: Resource | None = None) -> dict[str, Status]:
    observed = {one.key: one for one in WELL} | {one.key: one for one in instead}
    if without is not None:
        del observed[without.key]
    return statuses(MachineState.of(DESIRED), MachineState(observed), LAB, ORIGINS)


def test_all_is_well_and_the_facts_are_there() -> None:
    found = seen()
    assert {one.state for one in found.values()} == {"ok"}
    assert set(found) == set(ORIGINS.values())
    interface = found["interfaces/c1:eth0"].facts
    assert interface["addresses"] == ["10.0.0.2/24"]
    assert (interface["device"], interface["index"], interface["carrier"]) == ("eth0", 2, True)
    assert found["nodes/br0"].facts["mac"] == "02:00:00:00:00:09"
    assert found["interfaces/br0:p1"].facts["stp_state"] == "forwarding"
    assert found["nodes/vm1"].facts["domain_state"] == "running"


def test_a_tap_and_its_mac_show_at_the_interface_and_the_link() -> None:
    found = seen()
    for ref in ("interfaces/vm1:eth0", "links/l1"):
        assert (found[ref].facts["tap"], found[ref].facts["mac"]) == ("vnet0", MAC)
    assert found["links/l2"].facts["devices"] == ["eth0", "tlv0"]


def test_macs_name_interfaces_where_origins_do_not() -> None:
    origins = {key: ref for key, ref in ORIGINS.items() if key[0] != "nic"}
    state = MachineState.of(WELL)
    found = statuses(state, state, LAB, origins, {MAC: "interfaces/vm1:eth0"})
    assert found["interfaces/vm1:eth0"].facts["tap"] == "vnet0"


def test_what_is_not_there_is_absent() -> None:
    found = seen(without=SPACE)
    assert found["nodes/c1"] == Status(
        "absent", "The design has a network namespace mylab-c1 and the hypervisor has none.", {}
    )


def test_part_of_an_interface_missing_is_drift() -> None:
    found = seen(without=ADDRESS)
    assert found["interfaces/c1:eth0"].state == "drift"
    assert "10.0.0.2/24" in found["interfaces/c1:eth0"].detail
    assert found["links/l2"].state == "drift"


def test_something_foreign_at_its_place_is_said() -> None:
    found = seen(Bridge(name="br0"))
    assert found["nodes/br0"].state == "absent"
    assert "was not made by Trunkline" in found["nodes/br0"].detail


def test_a_changed_field_is_drift() -> None:
    found = seen(replace(OUTER, master=None))
    assert found["interfaces/br0:p1"].state == "drift"
    assert found["interfaces/br0:p1"].detail == "Its bridge is none and the design says br0."


def test_an_address_too_many_shows_at_its_interface() -> None:
    found = seen(replace(ADDRESS, address="10.0.0.9/24"))
    assert found["interfaces/c1:eth0"].state == "drift"
    assert "10.0.0.9/24" in found["interfaces/c1:eth0"].detail


def test_a_strange_port_shows_at_its_bridge_and_a_tap_of_ours_does_not() -> None:
    tap = Physical(name="vnet0", master="br0", type="tun")
    assert seen(tap)["nodes/br0"].state == "ok"
    found = seen(replace(tap, name="theirs"))
    assert found["nodes/br0"].state == "drift"
    assert "theirs" in found["nodes/br0"].detail


def test_no_carrier_is_degraded_and_listening_is_pending() -> None:
    assert seen(replace(INNER, running=False))["interfaces/c1:eth0"].state == "degraded"
    found = seen(replace(OUTER, running=True, port=Port(state="listening")))
    assert found["interfaces/br0:p1"].state == "pending"


def test_a_vm_that_died_is_degraded_and_never_ok() -> None:
    found = seen(replace(VM, running=False, state="crashed"))
    for ref in ("nodes/vm1", "interfaces/vm1:eth0", "links/l1"):
        assert found[ref].state == "degraded"
    assert "crashed" in found["nodes/vm1"].detail
    assert seen(replace(RUNNING, state="paused"))["nodes/vm1"].state == "degraded"


def test_a_vm_meant_to_be_off_is_ok_off() -> None:
    off = replace(VM, running=False)
    state = MachineState.of([off])
    found = statuses(state, MachineState.of([replace(off, state="shut off")]), LAB, ORIGINS)
    assert found["nodes/vm1"].state == "ok"
    assert found["interfaces/vm1:eth0"].state == "ok"


def test_a_card_on_another_bridge_is_drift() -> None:
    found = seen(replace(RUNNING, nics=(replace(VM.nics[0], bridge="br9", tap="vnet0"),)))
    assert found["interfaces/vm1:eth0"].state == "drift"
    assert found["nodes/vm1"].state == "drift"


AWARE = Bridge(name="br0", vlan_filtering=True, vlan=10, owner=LAB)
ETH1_10 = Vlan(name="eth1.10", device="eth1", vid=10, master="br0", owner=LAB)
CARD = replace(VM.nics[0], pvid=20, untagged=(20,), tagged=(30, 31, 32))
PARENT = Parent(device="eth1", was_up=False, owner=LAB)
TRUNK: list[Resource] = [
    Module(name="8021q"),
    Parent(device="eth1", owner=LAB),
    AWARE,
    ETH1_10,
    replace(VM, nics=(CARD,)),
]
TRUNK_ORIGINS: dict[Key, str] = {
    ("module", "8021q"): "nodes/t1",
    ("parent", "eth1"): "nodes/t1",
    AWARE.key: "nodes/br0",
    ETH1_10.key: "links/l1",
    VM.key: "nodes/vm1",
    ("nic", VM.name, MAC): "interfaces/vm1:eth0",
}
TRUNK_WELL: list[Resource] = [
    Module(name="8021q"),
    PARENT,
    AWARE,
    replace(ETH1_10, running=True),
    replace(RUNNING, nics=(replace(CARD, tap="vnet0"),)),
]


def trunked(there: list[Resource]) -> dict[str, Status]:
    return statuses(MachineState.of(TRUNK), MachineState.of(there), LAB, TRUNK_ORIGINS)


def test_vlans_show_as_facts() -> None:
    found = trunked(TRUNK_WELL)
    assert {one.state for one in found.values()} == {"ok"}
    assert found["links/l1"].facts["vlan"] == 10
    assert found["links/l1"].facts["parent"] == "eth1"
    assert found["nodes/br0"].facts["vlan"] == 10
    facts = found["interfaces/vm1:eth0"].facts
    assert (facts["pvid"], facts["untagged"], facts["tagged"]) == (20, "20", "30-32")


def test_a_card_that_went_down_shows_at_the_trunk() -> None:
    found = trunked([*TRUNK_WELL[:1], replace(PARENT, up=False), *TRUNK_WELL[2:]])
    assert found["nodes/t1"].state == "drift"
    assert "down" in found["nodes/t1"].detail


def test_a_card_that_is_not_ours_yet_is_absent_as_a_parent() -> None:
    bare: list[Resource] = [Module(name="8021q"), Parent(device="eth1")]
    assert trunked([*bare, *TRUNK_WELL[2:]])["nodes/t1"].state == "drift"
    assert trunked([*bare[1:], *TRUNK_WELL[2:]])["nodes/t1"].state == "absent"


def test_a_tap_in_another_vlan_shows_at_the_interface() -> None:
    other = replace(RUNNING.nics[0], pvid=10, untagged=(10,), tagged=())
    found = trunked([*TRUNK_WELL[:4], replace(RUNNING, nics=(other,))])
    assert found["interfaces/vm1:eth0"].state == "drift"
    assert found["interfaces/vm1:eth0"].detail == (
        "It has VLAN 10 untagged; the design says VLAN 20 untagged and 30-32 tagged."
    )
    assert found["nodes/vm1"].state == "drift"


def test_a_pulled_cable_is_well_and_says_so() -> None:
    pulled = replace(OUTER, up=False)
    card = replace(VM.nics[0], plugged=False)
    vm = replace(VM, nics=(card,))
    desired: list[Resource] = [BRIDGE, SPACE, INNER, pulled, ADDRESS, vm]
    observed: dict[Key, Resource] = {one.key: one for one in WELL} | {
        INNER.key: replace(INNER, running=False),
        OUTER.key: replace(pulled, running=False),
        VM.key: replace(RUNNING, nics=(replace(card, tap="vnet0"),)),
    }
    found = statuses(MachineState.of(desired), MachineState(observed), LAB, ORIGINS)
    assert {one.state for one in found.values()} == {"ok"}
    for ref in ("interfaces/c1:eth0", "interfaces/vm1:eth0", "links/l1", "links/l2"):
        assert found[ref].facts["plugged"] is False
        assert found[ref].detail == "The cable is unplugged, as the design says."


def test_a_cable_that_somebody_pulled_is_drift_at_the_link_and_degraded_at_the_far_end() -> None:
    found = seen(replace(OUTER, up=False, running=False), replace(INNER, running=False))
    assert found["links/l2"].state == "drift"
    assert found["links/l2"].facts["plugged"] is False
    assert found["interfaces/c1:eth0"].state == "degraded"
    card = replace(RUNNING.nics[0], plugged=False)
    found = seen(replace(RUNNING, nics=(card,)))
    assert found["interfaces/vm1:eth0"].detail == (
        "Its cable is unplugged and the design says plugged in."
    )
    assert found["links/l1"].state == "drift"


def test_leases_show_at_the_card_and_at_its_vm_while_it_runs() -> None:
    leases = (
        Lease(address="192.168.122.57/24", hostname="tiny", expires=1_800_000_000),
        Lease(address="fd00::57/64"),
    )
    leased = replace(RUNNING, nics=(replace(RUNNING.nics[0], leases=leases),))
    found = seen(leased)
    assert found["nodes/vm1"].facts["leases"] == ["192.168.122.57/24", "fd00::57/64"]
    facts = found["interfaces/vm1:eth0"].facts
    assert facts["leases"] == ["192.168.122.57/24", "fd00::57/64"]
    assert (facts["hostname"], facts["lease_until"]) == ("tiny", "2027-01-15 08:00 UTC")
    off = seen(replace(leased, running=False, state="shut off"))
    assert "leases" not in off["interfaces/vm1:eth0"].facts


def test_what_came_with_a_card_shows_at_the_nic() -> None:
    held = Held(
        addresses=(HeldAddress(on="br0", address="192.0.2.7/24"),),
        routes=(HeldRoute(on="br0", to="0.0.0.0/0", via="192.0.2.1"),),
    )
    card = Physical(name="eth1", mac=MAC, master="br0", owner=LAB)
    seen: list[Resource] = [replace(BRIDGE, mac=MAC, held=held), card]
    wanted = MachineState.of([BRIDGE, replace(card, mac=None)])
    origins: dict[Key, str] = {
        card.key: "links/l1",
        ("cable", "links/l1"): "links/l1",
        ("cable", "links/l1", "nic", "nic"): "nodes/nic",
        ("cable", "links/l1", "segment", "lan"): "nodes/lan",
    }
    found = statuses(wanted, MachineState.of(seen), LAB, origins)
    shown = {name: found["nodes/nic"].facts[name] for name in ("device", "bridge", "brought")}
    assert shown == {
        "device": "eth1",
        "bridge": "br0",
        "brought": ["192.0.2.7/24", "default via 192.0.2.1"],
    }
    assert [ref for ref, one in found.items() if "brought" in one.facts] == ["nodes/nic"]
