from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from designer.machine.resources import (
    Address,
    Bridge,
    Namespace,
    Physical,
    Port,
    Resource,
    Veth,
    Vxlan,
)
from tasks.drivers.kernel import portvlans
from tasks.drivers.netlink import bridging
from tasks.drivers.netlink.bridging import Vlans
from tasks.drivers.netlink.sockets import NetlinkSocket
from tests.drivers.ground import LAB, Ground, change, create, nothing_happens, until
from tests.drivers.vlan.labs import (
    bridge_vlans,
    capture,
    card,
    inventory,
    no_ping_lost,
    vlans_of,
)

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", vlan_filtering=True, vlan=0, ipv6=False, owner=LAB)
ACCESS = frozenset({"PVID", "Egress Untagged"})
TAGGED: frozenset[str] = frozenset()


def access(vid: int) -> Port:
    return Port(pvid=vid, untagged=(vid,), tagged=())


def trunk(*vids: int, native: int = 0) -> Port:
    return Port(pvid=native, untagged=(native,) if native else (), tagged=vids)


def container(name: str, address: str, port: Port) -> list[Resource]:
    netns = f"{LAB}-{name}"
    return [
        Namespace(name=netns, owner=LAB),
        Veth(name=f"p-{name}", peer="eth0", peer_netns=netns, master="br0", port=port, ipv6=False,
             owner=LAB),
        Veth(netns=netns, name="eth0", peer=f"p-{name}", ipv6=False, owner=LAB),
        Address(netns=netns, link="eth0", address=address, owner=LAB),
    ]  # fmt: skip


def test_nothing_is_left_in_vlan_1(ground: Ground) -> None:
    ground.deploy(BRIDGE)
    data = ground.link("br0")["linkinfo"]["info_data"]
    assert (data["vlan_filtering"], data["vlan_default_pvid"]) == (1, 0)
    assert bridge_vlans(ground) == {}
    ground.run("ip", "link", "add", "theirs", "type", "veth", "peer", "name", "far")
    ground.run("ip", "link", "set", "theirs", "master", "br0")
    assert bridge_vlans(ground) == {}


def test_every_kind_of_port_has_its_vlans(ground: Ground) -> None:
    card(ground)
    vxlan = Vxlan(
        name="vx0", vni=77, device="eth1-w", local="192.0.2.1", master="br0",
        port=trunk(20, 21, 22, 30), owner=LAB,
    )  # fmt: skip
    ground.run("ip", "address", "add", "192.0.2.1/24", "dev", "eth1-w")
    ground.deploy(
        BRIDGE,
        vxlan,
        Physical(name="eth1", master="br0", port=trunk(10, 20, native=5), owner=LAB),
        *container("c1", "10.0.0.1/24", access(10)),
    )
    assert vlans_of(ground, "vx0") == [(vid, TAGGED) for vid in (20, 21, 22, 30)]
    assert vlans_of(ground, "eth1") == [(5, ACCESS), (10, TAGGED), (20, TAGGED)]
    assert vlans_of(ground, "p-c1") == [(10, ACCESS)]
    assert vlans_of(ground, "br0") == []
    ground.deploy()
    assert bridge_vlans(ground) == {}
    assert "master" not in ground.link("eth1")


def test_the_bridges_own_vlan(ground: Ground) -> None:
    """Its addresses are in that VLAN, and in no other."""
    own = replace(BRIDGE, vlan=10)
    rest = [
        Address(link="br0", address="10.0.0.254/24", owner=LAB),
        *container("c10", "10.0.0.1/24", access(10)),
        *container("c20", "10.0.0.2/24", access(20)),
    ]
    ground.deploy(own, *rest)
    assert vlans_of(ground, "br0") == [(10, ACCESS)]
    assert ground.pings("10.0.0.254", f"{LAB}-c10")
    assert not ground.pings("10.0.0.254", f"{LAB}-c20", seconds=1)
    ground.deploy(replace(BRIDGE, vlan=20), *rest)
    assert vlans_of(ground, "br0") == [(20, ACCESS)]
    assert ground.pings("10.0.0.254", f"{LAB}-c20")
    ground.deploy(BRIDGE, *rest)
    assert vlans_of(ground, "br0") == []
    ground.run("bridge", "vlan", "add", "dev", "br0", "vid", "30", "self")
    (operation,) = ground.deploy(BRIDGE, *rest)
    assert operation.fields == ("vlan",)
    assert vlans_of(ground, "br0") == []


def test_vlans_are_kept_apart_and_leave_with_their_tag(ground: Ground) -> None:
    card(ground)
    ground.deploy(
        BRIDGE,
        Physical(name="eth1", master="br0", port=trunk(10, 20), owner=LAB),
        *container("a", "10.0.0.1/24", access(10)),
        *container("b", "10.0.0.2/24", access(20)),
        *container("c", "10.0.0.3/24", access(20)),
    )
    with capture("eth1-w") as lines:
        assert ground.pings("10.0.0.3", f"{LAB}-b")
        assert not ground.pings("10.0.0.2", f"{LAB}-a", seconds=1)
    asked = [line for line in lines if "Request who-has" in line]
    assert any("vlan 10" in line and "who-has 10.0.0.2" in line for line in asked)
    assert all("vlan 10" in line or "vlan 20" in line for line in asked)


def test_a_port_changes_by_the_difference_and_the_others_lose_nothing(ground: Ground) -> None:
    many = tuple(range(100, 1200))

    def lab(*vids: int) -> list[Resource]:
        return [
            BRIDGE,
            *container("a", "10.0.0.1/24", access(10)),
            *container("b", "10.0.0.2/24", access(10)),
            *container("t", "10.0.0.3/24", trunk(*vids, native=10)),
        ]

    ground.deploy(*lab(20, 30))
    assert ground.pings("10.0.0.3", f"{LAB}-a")
    with no_ping_lost(f"{LAB}-a", "10.0.0.2"), no_ping_lost(f"{LAB}-b", "10.0.0.3"):
        for vids in ((20, 30, 40), (20, 40), many, (), (20, *many, 4094)):
            (operation,) = ground.deploy(*lab(*vids))
            assert operation.action == "change"
            assert set(operation.fields) <= {"port.pvid", "port.untagged", "port.tagged"}
            assert vlans_of(ground, "p-t") == [(10, ACCESS), *((vid, TAGGED) for vid in vids)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (access(10), access(20)),
        (access(10), trunk(10)),
        (trunk(10, 20), trunk(20, native=10)),
        (trunk(20, native=10), trunk(10, native=20)),
        (trunk(20, native=10), Port(pvid=0, untagged=(10, 20), tagged=())),
        (Port(pvid=10, untagged=(), tagged=(10, 11)), access(11)),
    ],
)
def test_from_one_list_to_another(ground: Ground, before: Port, after: Port) -> None:
    one, other = (container("c", "10.0.0.1/24", port) for port in (before, after))
    ground.deploy(BRIDGE, *one)
    (operation,) = ground.deploy(BRIDGE, *other)
    assert operation.action == "change"
    expected: dict[int, set[str]] = {vid: set() for vid in after.tagged or ()}
    expected |= {vid: {"Egress Untagged"} for vid in after.untagged or ()}
    if after.pvid:
        expected[after.pvid].add("PVID")
    assert {vid: set(flags) for vid, flags in vlans_of(ground, "p-c")} == expected


def test_a_vlan_that_somebody_added_is_seen_and_mended(ground: Ground) -> None:
    lab = [BRIDGE, *container("c", "10.0.0.1/24", access(10))]
    ground.deploy(*lab)
    ground.run("bridge", "vlan", "add", "dev", "p-c", "vid", "66")
    (operation,) = ground.deploy(*lab)
    assert operation.fields == ("port.tagged",)
    assert vlans_of(ground, "p-c") == [(10, ACCESS)]


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    lab = [BRIDGE, *container("c", "10.0.0.1/24", access(10))]
    ground.deploy(*lab)
    port = lab[2]
    with nothing_happens():
        ground.perform(create(BRIDGE), change(BRIDGE, BRIDGE), change(port, port))


def test_a_bridge_becomes_vlan_aware_and_forgets_it(ground: Ground) -> None:
    plain = replace(BRIDGE, vlan_filtering=False, vlan=None)

    def lab(bridge: Bridge, *ports: Port) -> list[Resource]:
        return [
            bridge,
            *container("a", "10.0.0.1/24", ports[0]),
            *container("b", "10.0.0.2/24", ports[1]),
        ]

    ground.deploy(*lab(plain, Port(), Port()))
    index = ground.link("br0")["ifindex"]
    assert ground.pings("10.0.0.2", f"{LAB}-a")
    ground.deploy(*lab(BRIDGE, access(10), access(20)))
    assert ground.link("br0")["linkinfo"]["info_data"]["vlan_default_pvid"] == 0
    assert vlans_of(ground, "p-a") == [(10, ACCESS)]
    assert not ground.pings("10.0.0.2", f"{LAB}-a", seconds=1)
    ground.deploy(*lab(plain, Port(), Port()))
    assert ground.pings("10.0.0.2", f"{LAB}-a")
    assert ground.link("br0")["ifindex"] == index


def test_a_bridge_that_is_made_anew_keeps_the_vlans_of_its_ports(ground: Ground) -> None:
    fixed = replace(BRIDGE, mac="02:00:00:00:00:01", vlan=10)
    lab = container("c", "10.0.0.1/24", access(10))
    ground.deploy(fixed, *lab)
    ground.sh("""
        link add theirs type veth peer name far
        link set theirs master br0
    """)
    ground.run("bridge", "vlan", "add", "dev", "theirs", "vid", "66-70")
    free = replace(fixed, mac=None)
    ground.perform(change(fixed, free, "mac"))
    assert vlans_of(ground, "p-c") == [(10, ACCESS)]
    assert vlans_of(ground, "theirs") == [(vid, TAGGED) for vid in range(66, 71)]
    assert vlans_of(ground, "br0") == [(10, ACCESS)]
    assert ground.deploy(free, *lab) == ()


def test_somebody_elses_aware_bridge_is_left(ground: Ground) -> None:
    ground.sh("""
        link add theirs type bridge vlan_filtering 1
        link add near type veth peer name far
        link set near master theirs
    """)
    ground.run("bridge", "vlan", "add", "dev", "near", "vid", "100-200")
    before = inventory(ground)
    ground.deploy(BRIDGE, *container("c", "10.0.0.1/24", trunk(10, 20)))
    ground.deploy()
    assert inventory(ground) == before


def test_changes_of_vlans_are_heard(ground: Ground) -> None:
    ground.deploy(BRIDGE, *container("c", "10.0.0.1/24", access(10)))
    calls: list[None] = []
    with contextlib.closing(ground.kernel.watch(lambda: calls.append(None))):
        for command in (
            "vlan add dev p-c vid 20",
            "vlan del dev p-c vid 20",
            "vlan add dev br0 vid 30 self",
        ):
            before = len(calls)
            ground.run("bridge", *command.split())
            until(lambda before=before: len(calls) > before)  # type: ignore[misc]


def test_read_as_bridge_shows_it(ground: Ground) -> None:
    """All of 4094, some with other flags: more than one message, and ranges that break."""
    ground.deploy(BRIDGE, *container("c", "10.0.0.1/24", access(10)))
    ground.run("bridge", "vlan", "add", "dev", "p-c", "vid", "1-4094")
    ground.run("bridge", "vlan", "add", "dev", "p-c", "vid", "50-60", "untagged")
    for vid in range(100, 4000, 2):
        assert vid  # every other one goes, by our own message
    wanted = Vlans(7, tuple(range(50, 61)), tuple(range(101, 4000, 2)))
    with NetlinkSocket() as socket:
        index = ground.link("p-c")["ifindex"]
        there = bridging.read(socket)[index]
        assert len(there.untagged) + len(there.tagged) == 4094
        assert not socket.send(list(bridging.requests(index, wanted, there)))
        seen = bridging.read(socket)[index]
    assert seen == Vlans(7, wanted.untagged, tuple(sorted((7, *wanted.tagged))))
    shown = {vid for vid, _ in vlans_of(ground, "p-c")}
    assert shown == {*seen.untagged, *seen.tagged}
    assert portvlans.seen_own(bridging.NONE) == 0
