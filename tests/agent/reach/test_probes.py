"""Runs of probes between two machines and a switch, on the real kernel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest

from designer.machine.probes import ProbeSpec
from designer.wire import agent as wire
from tasks.agent import probing
from tasks.agent.means import Means
from tasks.drivers.reach import Reach
from tests.agent.reach.places import Places
from tests.drivers.ground import Ground
from tests.drivers.reach.switch import PROTECTED, VLAN_20, eat, two_machines

pytestmark = pytest.mark.kernel
Nics = list[wire.Probed.Nic]
LONG = 60.0
"""Seconds of a window that must not be used up."""


class Cards(Places):
    """The cards of one machine of the switch."""

    def __init__(self, reach: Reach) -> None:
        super().__init__()
        self.probe = reach.probe  # type: ignore[method-assign]


def order(
    me: str,
    *probes: ProbeSpec,
    seconds: float = LONG,
    peers: Sequence[str] = ("one", "two"),
    run: str = "run-1",
) -> wire.Probe:
    others = [name for name in peers if name != me]
    return wire.Probe(
        run=run, lab="testlab1", me=me, peers=others, seconds=seconds, probes=list(probes)
    )


def lan(*vlans: int, sizes: tuple[int, ...] = (64, 1500), nic: str = "eth1") -> ProbeSpec:
    return ProbeSpec(segment="lan", nic=nic, vlans=vlans, sizes=sizes)


def run(*sides: tuple[Reach, wire.Probe]) -> list[Nics]:
    """All at once, as on machines of their own."""

    async def all_of_them() -> list[Nics]:
        means = [Means(Cards(reach)) for reach, _ in sides]
        try:
            return await asyncio.gather(
                *(probing.probe(wanted, one) for (_, wanted), one in zip(sides, means, strict=True))
            )
        finally:
            for one in means:
                one.close()

    return asyncio.run(all_of_them())


def cells(sender: str, *vlans: int, sizes: tuple[int, ...] = (64, 1500)) -> list[object]:
    return [(sender, vlan, size) for vlan in vlans for size in sizes]


def test_what_passes_is_heard_by_both_and_that_ends_it(ground: Ground) -> None:
    began = time.monotonic()
    with two_machines(ground) as (one, two):
        (first,), (second,) = run(
            (one, order("one", lan(0, 10, 20))), (two, order("two", lan(0, 10, 20)))
        )
    assert first.heard == cells("two", 0, 10, 20)
    assert second.heard == cells("one", 0, 10, 20)
    assert (first.error, first.tried) == ("", True)
    assert time.monotonic() - began < LONG / 2


def test_a_vlan_that_the_switch_eats_one_way(ground: Ground) -> None:
    with two_machines(ground) as (one, two):
        eat(ground, VLAN_20, on="one")
        (first,), (second,) = run(
            (one, order("one", lan(0, 10, 20))), (two, order("two", lan(0, 10, 20)))
        )
    assert first.heard == cells("two", 0, 10, 20)
    assert second.heard == cells("one", 0, 10)


def test_frames_too_large_for_what_is_between(ground: Ground) -> None:
    """Nobody waits for them to the end: of the small ones enough have come by then."""
    began = time.monotonic()
    with two_machines(ground) as (one, two):
        ground.sh("link set two-1 mtu 1400")
        (first,), (second,) = run((one, order("one", lan(10))), (two, order("two", lan(10))))
    assert second.heard == cells("one", 10, sizes=(64,))
    assert (10, 64) in [one[1:] for one in first.heard]
    assert time.monotonic() - began < LONG / 2


def test_frames_too_large_for_the_card_itself(ground: Ground) -> None:
    with two_machines(ground) as (one, two):
        large = lan(10, sizes=(64, 8950))
        (first,), (second,) = run((one, order("one", large)), (two, order("two", large)))
    assert first.heard == cells("two", 10, sizes=(64,))
    assert second.heard == cells("one", 10, sizes=(64,))
    assert first.error == "eth1: frames of 8950 bytes do not fit its MTU of 1500."
    assert first.tried


def test_one_that_hears_nobody_waits_for_the_end_of_the_window(ground: Ground) -> None:
    with two_machines(ground) as (one, _):
        ((first,),) = run((one, order("one", lan(0), seconds=0.5)))
    assert (first.heard, first.error, first.tried) == ([], "", True)


def test_each_knows_only_some_of_the_vlans(ground: Ground) -> None:
    with two_machines(ground) as (one, two):
        (first,), (second,) = run(
            (one, order("one", lan(10, 20))), (two, order("two", lan(20, 30)))
        )
    assert {*cells("two", 20)} <= {*first.heard}
    assert {*cells("one", 20)} <= {*second.heard}


def test_a_peer_that_is_on_another_segment_is_not_waited_for(ground: Ground) -> None:
    """`two` has both segments, `one` and `three` one each, at the same switch."""
    began = time.monotonic()
    names = ("one", "two")
    with two_machines(ground) as (one, two):
        ground.sh("""
            link add two-2 type veth peer name eth2 netns two
            link set two-2 up
            -n two link set eth2 up
        """)
        other = ProbeSpec(segment="wan", nic="eth2", vlans=(0,), sizes=(64,))
        (first,), (lan_2, wan_2) = run(
            (one, order("one", lan(10), peers=names)),
            (two, order("two", lan(10), other, peers=names)),
        )
    assert first.heard == cells("two", 10)
    assert (lan_2.heard, wan_2.heard) == (cells("one", 10), [])
    assert time.monotonic() - began < LONG / 2


def test_another_run_on_the_same_cards_is_not_heard(ground: Ground) -> None:
    with two_machines(ground) as (one, two):
        (first,), (second,), (third,) = run(
            (one, order("one", lan(10))),
            (two, order("two", lan(10))),
            (two, order("two", lan(20), seconds=0.5, run="run-2")),
        )
    assert (first.heard, second.heard, third.heard) == (cells("two", 10), cells("one", 10), [])


def test_a_switch_port_that_takes_tags_off(ground: Ground) -> None:
    """What is sent in VLAN 10 arrives as it should not, and that is said."""
    with two_machines(ground) as (one, two):
        eat(ground, "@ll,96,16 0x8100 @ll,112,16 set 0x001e", on="one", verdict="accept")
        (_,), (second,) = run(
            (one, order("one", lan(10, 20), seconds=2)), (two, order("two", lan(10, 20), seconds=2))
        )
    assert second.heard == []
    assert "eth1: what one sends in VLAN 10 arrives in VLAN 30." in second.error


def test_cards_that_cannot_be_used_are_not_tried(ground: Ground) -> None:
    with two_machines(ground) as (one, _):
        ((protected, missing, small),) = run(
            (one, order("one", lan(0, nic=PROTECTED), lan(0, nic="eth9"), lan(0, sizes=(8,)),
                        seconds=0.3))
        )  # fmt: skip
    assert (protected.tried, missing.tried, small.tried) == (False, False, True)
    assert "mgmt0 is a protected card" in protected.error
    assert missing.error == "There is no eth9 here."
    assert "frames of 8 bytes are too small" in small.error


def test_every_vlan_there_is(ground: Ground) -> None:
    every = tuple(range(4095))
    with two_machines(ground) as (one, two):
        (first,), (second,) = run(
            (one, order("one", lan(*every))), (two, order("two", lan(*every)))
        )
    assert len(first.heard) == len(second.heard) == 2 * len(every)
