"""What of a plan can cut the hypervisor off, and what it says of that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.held import Held, HeldAddress, HeldRoute
from designer.machine.resources import Address, Bridge, Namespace, Physical, Resource, Route
from designer.machine.state import MachineState
from designer.planner import guarded, moves, plan

LAB = "mylab"
BRIDGE = Bridge(name="br0", owner=LAB)
ADDRESS = Address(link="br0", address="10.0.0.1/24", owner=LAB)
GATEWAY = Route(to="0.0.0.0/0", via="10.0.0.2", link="br0", owner=LAB)
INSIDE = Namespace(name="mylab-c1", owner=LAB)
ELSEWHERE = Route(netns="mylab-c1", to="0.0.0.0/0", via="10.0.0.2", owner=LAB)
HELD = Held(
    addresses=(HeldAddress(on="eth1", address="192.0.2.7/24"),),
    routes=(HeldRoute(on="eth1", to="0.0.0.0/0", via="192.0.2.1"),),
)
CARD = Physical(name="eth1", mac="02:aa:00:00:00:02", held=HELD)
LENT = Physical(name="eth1", master="br0", owner=LAB)
ON_BRIDGE = Held(
    addresses=tuple(replace(one, on="br0") for one in HELD.addresses),
    routes=tuple(replace(one, on="br0") for one in HELD.routes),
)
MOVED: list[Resource] = [
    replace(BRIDGE, mac=CARD.mac, held=ON_BRIDGE),
    replace(LENT, mac=CARD.mac),
]
BY = replace(GATEWAY, via="192.0.2.9")


@pytest.mark.parametrize(
    ("observed", "desired", "cards", "said"),
    [
        ([INSIDE], [INSIDE, BRIDGE, ADDRESS, ELSEWHERE], set(), []),
        (
            [BRIDGE, ADDRESS],
            [BRIDGE, ADDRESS, GATEWAY],
            {"br0"},
            ["The default route leads by way of 10.0.0.2 on br0, before any other."],
        ),
        (
            [BRIDGE, ADDRESS, GATEWAY],
            [BRIDGE, ADDRESS],
            {"br0"},
            ["The default route by way of 10.0.0.2 goes."],
        ),
        (
            [CARD],
            [BRIDGE, LENT, BY],
            {"eth1"},
            [
                "192.0.2.7/24 and the routes default via 192.0.2.1 move to br0.",
                "The default route leads by way of 192.0.2.9 on br0, before any other.",
            ],
        ),
        (
            MOVED,
            [BRIDGE, LENT, BY],
            {"eth1"},
            ["The default route leads by way of 192.0.2.9 on br0, before any other."],
        ),
    ],
    ids=["none", "by a bridge alone", "taken away", "with the card", "after the card"],
)
def test_what_counts(
    observed: list[Resource], desired: list[Resource], cards: set[str], said: list[str]
) -> None:
    there = MachineState.of(observed)
    operations = plan(MachineState.of(desired), there, LAB).operations
    assert operations
    assert set(guarded(operations, there, LAB).values()) == cards
    assert moves(operations, there, LAB) == said
