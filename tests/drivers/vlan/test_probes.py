"""Probe frames where the kernel knows 802.1Q: cards in use by a lab, and a switch with VLANs."""

from __future__ import annotations

import contextlib

import pytest

from tasks.drivers.reach import Heard, Probe, ProbeSocket
from tasks.drivers.reach.frames import Reader
from tests.drivers.ground import Ground, until
from tests.drivers.reach.switch import two_machines

pytestmark = pytest.mark.kernel
READER = Reader("run", "lan", ("one", "two"))
IN_USE = {
    "free": "",
    "with a sub-interface": """
        -n two link add link eth1 name eth1.10 type vlan id 10
        -n two link set eth1.10 up
    """,
    "at a VLAN-aware bridge": """
        -n two link add br0 up type bridge vlan_filtering 1 vlan_default_pvid 0
        -n two link set eth1 master br0
    """,
}


def exchanged(sending: ProbeSocket, listening: ProbeSocket, *vlans: int) -> list[int]:
    """The VLANs of which frames arrive as they were sent; the last of them must."""
    for vlan in vlans:
        sending.send(Probe(run="run", sender="one", segment="lan", vlan=vlan, size=1500))
    found: list[Heard] = []

    def last_is_here() -> bool:
        found.extend(listening.receive())
        return vlans[-1] in {one.vlan for one in found}

    until(last_is_here)
    assert all(one.arrived == one.vlan for one in found)
    return [one.vlan for one in found]


@pytest.mark.parametrize("use", IN_USE)
def test_tags_are_heard_on_a_card_in_use(ground: Ground, use: str) -> None:
    with two_machines(ground) as (one, two):
        ground.sh(IN_USE[use])
        with (
            contextlib.closing(one.probe("eth1", READER)) as sending,
            contextlib.closing(two.probe("eth1", READER)) as listening,
        ):
            assert exchanged(sending, listening, 0, 10, 20, 4094) == [0, 10, 20, 4094]


def test_a_switch_eats_what_its_ports_are_not_in(ground: Ground) -> None:
    with two_machines(ground) as (one, two):
        ground.sh("link set switch type bridge vlan_filtering 1 vlan_default_pvid 0")
        for port, vlans in (("one-1", (10, 20, 30)), ("two-1", (10, 30))):
            for vlan in vlans:
                ground.run("bridge", "vlan", "add", "dev", port, "vid", str(vlan))
        with (
            contextlib.closing(one.probe("eth1", READER)) as sending,
            contextlib.closing(two.probe("eth1", READER)) as listening,
        ):
            assert exchanged(sending, listening, 0, 10, 20, 30) == [10, 30]
