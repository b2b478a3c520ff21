"""Probe frames through the real kernel: what passes a bridge, and what does not."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

import pytest

from tasks.drivers.reach import CannotTry, Heard, Probe, ProbeSocket, Reach
from tasks.drivers.reach.frames import Reader
from tests.drivers.ground import Ground, until
from tests.drivers.reach.switch import PROTECTED, VLAN_20, eat, two_machines

pytestmark = pytest.mark.kernel
READER = Reader("run", "lan", ("one", "two"))


def of(sender: str, vlan: int = 0, size: int = 64) -> Probe:
    return Probe(run="run", sender=sender, segment="lan", vlan=vlan, size=size)


@contextlib.contextmanager
def opened(reach: Reach, nic: str = "eth1") -> Iterator[ProbeSocket]:
    with contextlib.closing(reach.probe(nic, READER)) as socket:
        yield socket


def heard(socket: ProbeSocket, many: int, seconds: float = 5) -> list[Heard]:
    found: list[Heard] = []

    def look() -> bool:
        found.extend(socket.receive())
        return len(found) >= many

    with contextlib.suppress(AssertionError):
        until(look, seconds)
    return found


def test_tags_pass_a_plain_bridge_as_they_are(ground: Ground) -> None:
    with two_machines(ground) as (one, two), opened(one) as sending, opened(two) as listening:
        for vlan in (0, 1, 10, 4094):
            sending.send(of("one", vlan, 1500))
        assert [(it.sender, it.vlan, it.arrived, it.size) for it in heard(listening, 4)] == [
            ("one", vlan, vlan, 1500) for vlan in (0, 1, 10, 4094)
        ]
        assert heard(sending, 1, 0.2) == []  # not its own


def test_a_switch_may_eat_a_vlan(ground: Ground) -> None:
    with two_machines(ground) as (one, two), opened(one) as first, opened(two) as second:
        eat(ground, VLAN_20, on="one")
        for sending in (first, second):
            for vlan in (20, 30):
                sending.send(of("one" if sending is first else "two", vlan))
        assert [it.vlan for it in heard(second, 1)] == [30]
        assert [it.vlan for it in heard(first, 2)] == [20, 30]


def test_a_switch_may_eat_what_is_large(ground: Ground) -> None:
    with two_machines(ground) as (one, two), opened(one) as sending, opened(two) as listening:
        ground.sh("link set two-1 mtu 1400")
        for size in (1500, 1400, 64):
            sending.send(of("one", 10, size))
        assert [it.size for it in heard(listening, 2)] == [1400, 64]


def test_above_the_cards_own_mtu_nothing_is_sent(ground: Ground) -> None:
    with two_machines(ground) as (one, _), opened(one) as socket:
        assert socket.mtu == 1500
        with pytest.raises(OSError) as refused:
            socket.send(of("one", 10, 1501))
        assert refused.value.errno == errno.EMSGSIZE


def test_a_card_that_a_bridge_has_taken_hears_as_well(ground: Ground) -> None:
    with two_machines(ground) as (one, two):
        ground.sh("""
            -n two link add br0 up type bridge
            -n two link set eth1 master br0
        """)
        with opened(one) as sending, opened(two) as listening:
            sending.send(of("one", 10))
            assert [it.arrived for it in heard(listening, 1)] == [10]


def test_it_is_promiscuous_while_it_listens_and_not_longer(ground: Ground) -> None:
    with two_machines(ground) as (one, _):

        def is_promiscuous() -> bool:
            return bool(ground.link("eth1", netns="one")["promiscuity"])

        assert not is_promiscuous()
        with opened(one):
            assert is_promiscuous()
        assert not is_promiscuous()


@pytest.mark.parametrize(
    ("nic", "words"),
    [
        (PROTECTED, "is a protected card of this hypervisor"),
        ("lo", "is the loopback"),
        ("eth9", "There is no eth9 here"),
        ("../eth1", "is no name of a card"),
        ("a name too long", "is no name of a card"),
    ],
)
def test_cards_that_are_not_to_be_used(ground: Ground, nic: str, words: str) -> None:
    with two_machines(ground) as (one, _), pytest.raises(CannotTry) as refused:
        one.probe(nic, READER)
    assert words in refused.value.words


def test_a_card_that_is_down_stays_down(ground: Ground) -> None:
    with two_machines(ground) as (one, _):
        ground.sh("-n one link set eth1 down")
        with pytest.raises(CannotTry, match="eth1 is down, and trying changes nothing"):
            one.probe("eth1", READER)
        assert "UP" not in ground.link("eth1", netns="one")["flags"]


def test_a_card_that_goes_down_meanwhile_says_so(ground: Ground) -> None:
    with two_machines(ground) as (one, _), opened(one) as socket:
        ground.sh("-n one link set eth1 down")
        with pytest.raises(OSError, match="Network is down"):
            until(lambda: bool(list(socket.receive())))
        with pytest.raises(OSError, match="Network is down"):
            socket.send(of("one"))
