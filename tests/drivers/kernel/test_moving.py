"""A card's addresses and routes go with it to its bridge, and come back as they were."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from designer.machine.resources import Address, Bridge, Physical, Vxlan
from designer.machine.state import MachineState
from designer.planner import differences, equivalents, plan, shell, undo
from tests.drivers.ground import LAB, MARK, Ground, change, nothing_happens, until

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", ipv6=False, stp=False, owner=LAB)
FREE = Physical(name="eth1")
PORT = Physical(name="eth1", master="br0", owner=LAB)
DESIRED = MachineState.of([BRIDGE, PORT])
FAR = "far"
"""The namespace of the router that eth1 is wired to."""

ADDRESSES = """
    address add 192.0.2.7/24 broadcast 192.0.2.255 dev eth1
    address add 192.0.2.8/24 dev eth1 label eth1:1
    address add 198.51.100.7/25 dev eth1 valid_lft 4050 preferred_lft 3050
    address add 203.0.113.9/28 dev eth1 noprefixroute metric 700
    address add 10.9.9.1 peer 10.9.9.2/32 dev eth1
    -6 address add 2001:db8::7/64 dev eth1 nodad
    -6 address add 2001:db8::8/64 dev eth1 nodad
    -6 address add 2001:db8:1::7/64 dev eth1 nodad valid_lft 4050 preferred_lft 3050
"""
ROUTES = """
    route add default via 192.0.2.1 dev eth1 proto dhcp metric 100 src 192.0.2.7
    route add default via 192.0.2.2 dev eth1 proto static metric 200 mtu 1400
    route add 203.0.113.0/28 dev eth1 proto kernel scope link src 203.0.113.9 metric 700
    route add 10.1.0.0/16 via 192.0.2.1 dev eth1 proto static
    route add 10.2.0.0/16 via 10.200.0.1 dev eth1 onlink
    route add 10.3.0.0/16 dev eth1 scope link table 100
    route add default via 192.0.2.1 dev eth1 table 100
    -6 route add default via 2001:db8::1 dev eth1 proto static metric 1024 pref high
    -6 route add 2001:db8:9::/48 via 2001:db8::1 dev eth1 table 1000 metric 50
    -6 route add 2001:db8:a::/48 dev eth1 metric 60
"""
NEIGHBOURS = """
    neigh add 192.0.2.66 lladdr 02:00:00:00:00:66 dev eth1 nud permanent
    -6 neigh add 2001:db8::66 lladdr 02:00:00:00:00:66 dev eth1 nud permanent
"""


def wire(ground: Ground) -> None:
    """eth1, wired to a router."""
    ground.sh(f"""
        netns add {FAR}
        link add eth1 type veth peer name far0 netns {FAR}
        link set eth1 up
        -n {FAR} link set far0 up
        -n {FAR} link set lo up
        -n {FAR} address add 192.0.2.1/24 dev far0
        -n {FAR} -6 address add 2001:db8::1/64 dev far0 nodad
        -n {FAR} address add 10.77.0.1/32 dev lo
    """)


def seen_on(ground: Ground, name: str) -> tuple[list[Any], ...]:
    """Addresses, routes and neighbours of a link by `ip`, without what a link makes by itself, and
    without the name of the link."""
    addresses = []
    for one in ground.ip("address", "show", "dev", name)[0]["addr_info"]:
        if one["scope"] == "link":
            continue
        one["label"] = one.get("label", "").replace(name, "LINK")
        for life in ("valid_life_time", "preferred_life_time"):
            one[life] = one[life] if one[life] > 5000 else one[life] // 100
        addresses.append(one)
    routes = []
    for family in ("-4", "-6"):
        text = ground.run("ip", "-j", "-d", family, "route", "show", "table", "all", "dev", name)
        for one in json.loads(text):
            if not one["dst"].startswith(("fe80:", "ff00:")) and one.get("protocol") != "ra":
                one["flags"] = [flag for flag in one["flags"] if flag != "linkdown"]
                if "expires" in one:
                    one["expires"] //= 100
                routes.append({key: value for key, value in one.items() if key != "dev"})
    neighbours = ground.ip("neigh", "show", "dev", name, "nud", "permanent")
    return addresses, sorted(routes, key=json.dumps), neighbours


ANSWER = re.compile(r"^\[([0-9.]+)\] .* icmp_seq=([0-9]+) ")
AFTER = 0.1
"""Seconds for which answers are listened to after the last change."""


@contextmanager
def pinging(ground: Ground, target: str) -> Iterator[set[int]]:
    """A ping every 10 ms; the set then has the numbers of those that got no answer, though later
    ones did. What ping's own summary lacks is also what it had no time to read."""
    lost: set[int] = set()
    with subprocess.Popen(
        ["ping", "-D", "-n", "-i", "0.01", target], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        answers = (found for line in process.stdout if (found := ANSWER.match(line)))
        answered = {int(next(answers)[2]) for _ in range(5)}
        yield lost
        ended = time.time() + AFTER
        for answer in answers:
            answered.add(int(answer[2]))
            if float(answer[1]) > ended:
                break
        process.kill()
    lost |= set(range(min(answered), max(answered))) - answered


def test_there_and_back(ground: Ground) -> None:
    wire(ground)
    ground.sh(ADDRESSES.rstrip() + ROUTES.rstrip() + NEIGHBOURS)
    mac = ground.link("eth1")["address"]
    before = seen_on(ground, "eth1")
    assert (len(before[0]), len(before[2])) == (8, 2)

    ground.deploy(BRIDGE, PORT)
    assert seen_on(ground, "eth1") == ([], [], [])
    assert seen_on(ground, "br0") == before
    assert ground.link("br0")["address"] == mac
    assert ground.deploy(BRIDGE, PORT) == (), "a second time there is nothing to do"

    ground.deploy()
    assert "br0" not in ground.links()
    assert seen_on(ground, "eth1") == before
    assert "altnames" not in ground.link("eth1")


def test_no_packet_is_lost_and_the_router_need_not_ask_again(ground: Ground) -> None:
    wire(ground)
    ground.sh("""
        address add 192.0.2.7/24 dev eth1
        route add default via 192.0.2.1
    """)
    neighbours = ("-j", "neigh", "show", "192.0.2.7", "dev", "far0")
    with pinging(ground, "10.77.0.1") as lost:
        asked = ground.run("ip", *neighbours, netns=FAR)
        ground.deploy(BRIDGE, PORT)
        ground.deploy()
    assert len(lost) <= 1, f"without an answer: {sorted(lost)}"
    after = ground.run("ip", *neighbours, netns=FAR)
    assert [one["lladdr"] for one in json.loads(after)] == [
        one["lladdr"] for one in json.loads(asked)
    ]


def test_addresses_that_are_drawn_at_the_bridge_are_the_labs_with_their_routes(
    ground: Ground,
) -> None:
    wire(ground)
    before = seen_on(ground, "eth1")
    drawn = Address(link="br0", address="10.1.0.2/24", owner=LAB)
    ground.deploy(BRIDGE, PORT, drawn)
    seen = ground.observe(DESIRED.resources)
    held = [one.held for one in seen if isinstance(one, Bridge | Physical)]
    assert held == [None, None]
    assert ground.deploy(BRIDGE, PORT, drawn) == ()
    ground.deploy()
    assert seen_on(ground, "eth1") == before


def test_the_kernels_own_link_local_address_stays_where_it_is(ground: Ground) -> None:
    """It keeps the one that it made of a MAC address that the link has no more."""
    wire(ground)
    ground.run("ip", "link", "set", "eth1", "address", "02:00:00:00:00:77")
    [one] = ground.ip("-6", "address", "show", "dev", "eth1")
    assert [seen["scope"] for seen in one["addr_info"]] == ["link"]
    assert one["addr_info"][0]["local"] != "fe80::ff:fe00:77"
    [card] = ground.observe([FREE.key]).of_type(Physical)
    assert card.held is None


def test_redrawn_to_another_bridge(ground: Ground) -> None:
    wire(ground)
    ground.sh(ADDRESSES.rstrip() + ROUTES.rstrip() + NEIGHBOURS)
    before = seen_on(ground, "eth1")
    ground.deploy(BRIDGE, PORT)
    ground.deploy(replace(BRIDGE, name="br1"), replace(PORT, master="br1"))
    assert "br0" not in ground.links()
    assert seen_on(ground, "br1") == before
    ground.deploy(replace(BRIDGE, name="br1"))
    assert seen_on(ground, "br1") == ([], [], [])
    assert ground.link("br1")["address"] != ground.link("eth1")["address"]
    assert seen_on(ground, "eth1") == before


def test_a_drawn_mac_address_is_kept(ground: Ground) -> None:
    wire(ground)
    ground.sh("address add 192.0.2.7/24 dev eth1")
    drawn = replace(BRIDGE, mac="02:00:00:00:00:42")
    ground.deploy(drawn, PORT)
    assert ground.link("br0")["address"] == "02:00:00:00:00:42"
    ground.deploy()
    assert [one["local"] for one in seen_on(ground, "eth1")[0]] == ["192.0.2.7"]


def test_what_someone_puts_on_the_card_is_drift_and_moves_on_request(ground: Ground) -> None:
    wire(ground)
    ground.sh("address add 192.0.2.7/24 dev eth1")
    ground.deploy(BRIDGE, PORT)
    ground.sh("""
        address delete 192.0.2.7/24 dev br0
        address add 192.0.2.9/24 dev eth1
    """)
    [one] = differences(DESIRED, ground.observe(DESIRED.resources), LAB)
    assert (one.key, one.fields) == (PORT.key, ("held",))
    ground.deploy(BRIDGE, PORT)
    assert [one["local"] for one in seen_on(ground, "br0")[0]] == ["192.0.2.9"]


def test_what_someone_puts_on_the_bridge_goes_back_too(ground: Ground) -> None:
    """A DHCP client on the bridge, say, with a new lease."""
    wire(ground)
    ground.sh("address add 192.0.2.7/24 dev eth1")
    ground.deploy(BRIDGE, PORT)
    ground.sh("address add 192.0.2.50/24 dev br0")
    ground.deploy()
    assert [one["local"] for one in seen_on(ground, "eth1")[0]] == ["192.0.2.7", "192.0.2.50"]


def test_taken_out_of_the_bridge_by_hand(ground: Ground) -> None:
    wire(ground)
    ground.sh("address add 192.0.2.7/24 dev eth1")
    ground.deploy(BRIDGE, PORT)
    ground.sh("link set eth1 nomaster")
    ground.deploy()
    assert [one["local"] for one in seen_on(ground, "eth1")[0]] == ["192.0.2.7"]


def test_begun_and_undone(ground: Ground) -> None:
    """From wherever it stopped the way back leads to what was there."""
    wire(ground)
    ground.sh(ADDRESSES.rstrip() + ROUTES.rstrip() + NEIGHBOURS)
    before = seen_on(ground, "eth1")
    stood = ground.observe()
    for stopped_after in (1, 2):
        operations = plan(DESIRED, ground.observe(DESIRED.resources), LAB).operations
        ground.perform(*operations[:stopped_after])
        back = undo(stood, ground.observe(DESIRED.resources), LAB)
        ground.perform(*back.operations)
        assert seen_on(ground, "eth1") == before
        assert "br0" not in ground.links()


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    wire(ground)
    ground.sh("address add 192.0.2.7/24 dev eth1")
    [operation] = [
        one
        for one in plan(DESIRED, ground.observe(DESIRED.resources), LAB).operations
        if one.key == PORT.key
    ]
    ground.deploy(BRIDGE, PORT)
    until(lambda: ground.link("br0")["operstate"] == "UP")
    assert operation.before is not None
    again = change(ground.observe().resources[PORT.key], PORT, "master")
    with nothing_happens():
        ground.perform(again)


def test_the_typed_commands_do_the_same(ground: Ground) -> None:
    wire(ground)
    ground.sh(ADDRESSES.rstrip() + ROUTES.rstrip() + NEIGHBOURS)
    before = seen_on(ground, "eth1")
    observed = ground.observe(DESIRED.resources)
    for operation in plan(DESIRED, observed, LAB).operations:
        for argv in equivalents(operation):
            ground.run("sh", "-c", shell(argv))
    assert seen_on(ground, "eth1") == ([], [], [])
    assert seen_on(ground, "br0") == before


def test_a_bridge_of_somebody_else_is_not_emptied(ground: Ground) -> None:
    """Whatever the operation claims to have seen there."""
    wire(ground)
    ground.sh("""
        address add 192.0.2.7/24 dev eth1
        link add theirs type bridge
        address add 203.0.113.1/24 dev theirs
    """)
    ground.deploy(BRIDGE)
    there = ground.observe([PORT.key]).resources[PORT.key]
    assert isinstance(there, Physical)
    assert there.held is not None
    stolen = replace(there.held.addresses[0], on="theirs", address="203.0.113.1/24")
    forged = replace(there, held=replace(there.held, addresses=(stolen,)))
    with pytest.raises(Exception, match="does not carry this lab's mark"):
        ground.perform(change(forged, PORT, "master", "held"), mark=MARK)
    assert [one["local"] for one in seen_on(ground, "theirs")[0]] == ["203.0.113.1"]


def test_what_cannot_be_moved_is_refused_before_anything_is_done(ground: Ground) -> None:
    wire(ground)
    ground.sh("""
        address add 192.0.2.7/24 dev eth1
        link add eth3 type veth peer name eth3-w
        link set eth3 up
        address add 198.51.100.7/24 dev eth3
        route add 10.4.0.0/16 nexthop via 192.0.2.1 dev eth1 nexthop via 198.51.100.1 dev eth3
    """)
    [refusal] = plan(DESIRED, ground.observe(DESIRED.resources), LAB).refusals
    assert refusal.code == "cannot-move"
    assert "10.4.0.0/16" in refusal.message
    assert "several links" in refusal.message


def test_a_card_that_a_tunnel_starts_from_is_refused(ground: Ground) -> None:
    wire(ground)
    ground.sh("address add 192.0.2.7/24 dev eth1")
    tunnel = Vxlan(name="vx1", vni=7, device="eth1", local="192.0.2.7", owner="otherlab")
    ground.deploy(tunnel, lab="otherlab")
    [refusal] = plan(DESIRED, ground.observe(DESIRED.resources), LAB).refusals
    assert "the VXLAN tunnel vx1 runs over it" in refusal.message


def test_two_cards_with_addresses_want_two_bridges(ground: Ground) -> None:
    wire(ground)
    ground.sh("""
        address add 192.0.2.7/24 dev eth1
        link add eth3 type veth peer name eth3-w
        address add 198.51.100.7/24 dev eth3
    """)
    both = MachineState.of([BRIDGE, PORT, replace(PORT, name="eth3")])
    [refusal] = plan(both, ground.observe(both.resources), LAB).refusals
    assert refusal.code == "two-cards"


def test_what_router_advertisements_gave_moves_with_what_is_left_of_it(ground: Ground) -> None:
    """As the kernel marks them: an address with a lifetime, a default route of protocol ra."""
    wire(ground)
    ground.sh("""
        -6 address add 2001:db8::42/64 dev eth1 nodad valid_lft 3000 preferred_lft 1000
        -6 route add default via fe80::1 dev eth1 proto ra metric 1024 expires 1000
    """)
    [operation] = [
        one
        for one in plan(DESIRED, ground.observe(DESIRED.resources), LAB).operations
        if one.key == PORT.key
    ]
    assert "next advertisement renews them" in operation.reason
    ground.deploy(BRIDGE, PORT)
    [address] = seen_on(ground, "br0")[0]
    assert address["valid_life_time"] in (29, 30)
    text = ground.run("ip", "-j", "-6", "route", "show", "default")
    [route] = json.loads(text)
    assert (route["dev"], route["protocol"]) == ("br0", "ra")
    assert 900 < route["expires"] <= 1000


def chain(name: str, card: str) -> str:
    return f"add chain ip filter {name}; add rule ip filter {name} iifname {card} accept;"


def test_what_names_the_card_is_told_of_and_left_as_it_is(ground: Ground) -> None:
    wire(ground)
    ground.sh("""
        address add 192.0.2.7/24 dev eth1
        link add eth10 type veth peer name eth10-w
        rule add iif eth1 table 100 priority 100
        rule add oif eth10 table 100 priority 101
        -6 rule add oif eth1 table 100 priority 102
    """)
    ground.run("nft", f"add table ip filter; {chain('input', 'eth1')} {chain('forward', 'eth10')}")
    [note] = plan(DESIRED, ground.observe(DESIRED.resources), LAB).notes
    assert note == (
        "eth1's traffic comes in by br0 then. What names eth1 is not moved: policy rule 100 (iif "
        "eth1), policy rule 102 (oif eth1), the packet filter's filter/input."
    )
    rules = ground.run("ip", "rule")
    ground.deploy(BRIDGE, PORT)
    assert plan(DESIRED, ground.observe(DESIRED.resources), LAB).notes == ()
    ground.deploy()
    assert ground.run("ip", "rule") == rules
