"""A router on a trunk: a sub-interface with an address in each VLAN, and one way out."""

from __future__ import annotations

import pytest

from designer.machine.resources import (
    Address,
    Namespace,
    NatTable,
    Resource,
    Route,
    Veth,
    Vlan,
)
from tests.drivers.ground import LAB, Ground
from tests.drivers.vlan.labs import card, on_trunk, parent

pytestmark = pytest.mark.kernel

GATEWAY, OUTSIDE = f"{LAB}-gw", f"{LAB}-world"


def lab(isolated: tuple[str, ...] = ()) -> list[Resource]:
    """The gateway on eth1, a host in VLAN 10 and one in 20 on the other end of its wire."""
    return [
        parent(),
        parent("eth1-w"),
        Namespace(name=GATEWAY, forwarding=True, owner=LAB),
        Namespace(name=OUTSIDE, owner=LAB),
        *(
            one
            for vid in (10, 20)
            for one in (
                Vlan(netns=GATEWAY, name=f"vlan{vid}", device="eth1", vid=vid, owner=LAB),
                Address(netns=GATEWAY, link=f"vlan{vid}", address=f"10.0.{vid}.1/24", owner=LAB),
                *on_trunk(f"c{vid}", vid, f"10.0.{vid}.2/24", device="eth1-w"),
                Route(netns=f"{LAB}-c{vid}", to="0.0.0.0/0", via=f"10.0.{vid}.1", owner=LAB),
            )
        ),
        Veth(netns=GATEWAY, name="wan", peer="eth0", peer_netns=OUTSIDE, owner=LAB),
        Veth(netns=OUTSIDE, name="eth0", peer="wan", peer_netns=GATEWAY, owner=LAB),
        Address(netns=GATEWAY, link="wan", address="192.0.2.1/24", owner=LAB),
        Address(netns=OUTSIDE, link="eth0", address="192.0.2.2/24", owner=LAB),
        NatTable(
            netns=GATEWAY,
            name=f"trunkline-{LAB}",
            outside=("wan",),
            isolated=isolated,
            owner=LAB,
        ),
    ]


def test_both_vlans_reach_the_outside_which_reaches_neither(ground: Ground) -> None:
    card(ground)
    ground.deploy(*lab())
    for vid in (10, 20):
        assert ground.pings("192.0.2.2", f"{LAB}-c{vid}")
    assert ground.pings("10.0.20.2", f"{LAB}-c10")
    ground.run("ip", "route", "add", "10.0.0.0/16", "via", "192.0.2.1", netns=OUTSIDE)
    for vid in (10, 20):
        assert not ground.pings(f"10.0.{vid}.2", OUTSIDE, seconds=1)
    ground.deploy(*lab(isolated=("vlan10", "vlan20")))
    assert not ground.pings("10.0.20.2", f"{LAB}-c10", seconds=1)
    assert ground.pings("192.0.2.2", f"{LAB}-c10")
    ground.deploy()
    assert ground.links() == {"eth1", "eth1-w"}


def test_the_same_addresses_in_two_vlans(ground: Ground) -> None:
    card(ground)
    trunks = [
        one
        for vid in (10, 20)
        for device, end, last in (("eth1", "a", 1), ("eth1-w", "b", 2))
        for one in on_trunk(f"{end}{vid}", vid, f"10.0.0.{last}/24", device=device)
    ]
    ground.deploy(parent(), parent("eth1-w"), *trunks)
    for vid in (10, 20):
        assert ground.pings("10.0.0.2", f"{LAB}-a{vid}")
    ground.run("ip", "-n", f"{LAB}-b20", "link", "set", "eth0", "down")
    assert ground.pings("10.0.0.2", f"{LAB}-a10")
    assert not ground.pings("10.0.0.2", f"{LAB}-a20", seconds=1)
