"""When what changes is looked at, on a clock of the test's own."""

from __future__ import annotations

import pytest

from tasks.agent import pace
from tasks.agent.pace import Pace


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


@pytest.fixture
def one(clock: Clock) -> Pace:
    return Pace(settle=0.5, apart=2, share=10)


def look(one: Pace, clock: Clock, took: float) -> None:
    with one.looking():
        clock.now += took


def test_nothing_changed_nothing_is_due(one: Pace) -> None:
    assert one.due is None
    assert not one.is_due


def test_a_burst_is_one_look_soon_after_its_first_change(one: Pace, clock: Clock) -> None:
    one.changed()
    clock.now += 0.4
    one.changed()
    assert not one.is_due
    clock.now += 0.1
    assert one.is_due
    look(one, clock, 0)
    assert one.due is None


@pytest.mark.parametrize(("took", "waits"), [(0.01, 2), (3.0, 30)])
def test_the_next_look_waits_for_the_longer_of_the_two(
    one: Pace, clock: Clock, took: float, waits: float
) -> None:
    look(one, clock, took)
    one.changed()
    assert one.due == clock.now + waits
    clock.now += waits
    look(one, clock, took)
    clock.now += waits + 7
    one.changed()
    assert one.due == clock.now + 0.5


def test_what_changes_during_a_look_is_looked_at_again_in_its_turn(one: Pace, clock: Clock) -> None:
    with one.looking():
        one.changed()
        clock.now += 1
    assert one.due == clock.now + 10


def test_a_look_that_fails_counts(one: Pace, clock: Clock) -> None:
    def broken() -> None:
        with one.looking():
            one.changed()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        broken()
    assert one.due == clock.now + 2
