"""What people asked of VMs by hand: how long it counts beside deployments, and its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designer.machine.resources import Asked, Bridge, Domain
from designer.machine.state import MachineState
from designer.planner import overruled, plan
from designer.planner.asking import by_whom, notes, said

LAB = "mylab"
VM = Domain(name="mylab-vm1", uuid="u", memory=64, vcpus=1, owner=LAB)
DRAWN_OFF = replace(VM, running=False)
BRIDGE = Bridge(name="br0", owner=LAB)


def asked(state: Any) -> Asked:
    return Asked(state=state, by="alice", at="2026-11-27T12:03:59Z")


OFF = replace(VM, running=False, asked=asked("off"))
ON = replace(VM, running=True, asked=asked("running"))
PAUSED = replace(VM, running=True, state="paused", asked=asked("paused"))


def of(*domains: Domain) -> MachineState:
    return MachineState.of([BRIDGE, *domains])


# How long it counts


def test_a_drawing_that_says_the_same_as_before_takes_nothing_back() -> None:
    observed = of(OFF)
    assert overruled(observed, of(VM), of(VM)) is observed
    assert plan(of(VM), observed, LAB).operations == ()
    bigger = replace(VM, memory=128)
    assert overruled(of(OFF), of(bigger), of(VM)) == of(OFF)


@pytest.mark.parametrize(
    ("there", "before", "desired"), [(OFF, DRAWN_OFF, VM), (ON, VM, DRAWN_OFF)]
)
def test_a_drawing_that_changed_its_mind_is_the_newer_word(
    there: Domain, before: Domain, desired: Domain
) -> None:
    """Which is, of one that is off, that it shall run, and the other way round."""
    seen = overruled(of(there), of(desired), of(before))
    assert seen.get(there.key) == replace(there, asked=None)
    assert seen.get(BRIDGE.key) == BRIDGE
    (operation,) = plan(of(desired), seen, LAB).operations
    assert operation.fields == ("running",)


def test_without_a_deployment_before_it_nothing_was_drawn_otherwise() -> None:
    assert overruled(of(OFF), of(VM), None) == of(OFF)
    assert overruled(of(OFF), of(VM), of()) == of(OFF)  # this VM is drawn since


def test_of_a_vm_that_is_gone_or_that_nobody_asked_anything_of_nothing_is_taken() -> None:
    assert overruled(of(), of(VM), of(DRAWN_OFF)) == of()
    left = of(DRAWN_OFF)
    assert overruled(left, of(VM), of(DRAWN_OFF)) is left


# What is said with a plan


@pytest.mark.parametrize(
    ("desired", "there", "words"),
    [
        (VM, OFF, "mylab-vm1 stays shut off, as alice asked on 2026-11-27 at 12:03 UTC."),
        (DRAWN_OFF, ON, "mylab-vm1 runs on, as alice asked on 2026-11-27 at 12:03 UTC."),
        (VM, PAUSED, "mylab-vm1 stays paused, as alice asked on 2026-11-27 at 12:03 UTC."),
    ],
)
def test_what_a_deployment_leaves_otherwise_than_drawn_is_said(
    desired: Domain, there: Domain, words: str
) -> None:
    assert list(notes(of(desired), of(there))) == [words]
    assert plan(of(desired), of(there), LAB).notes == (words,)


@pytest.mark.parametrize(
    ("desired", "there"),
    [
        (VM, VM),  # nobody asked anything
        (DRAWN_OFF, OFF),  # as it is drawn
        (VM, replace(OFF, owner="another")),  # whose it is, is said by the plan's refusal
    ],
)
def test_there_is_nothing_to_say(desired: Domain, there: Domain) -> None:
    assert list(notes(of(desired), of(there))) == []
    assert list(notes(of(desired), of())) == []


def test_it_is_said_to_the_minute_and_of_whom() -> None:
    assert by_whom(asked("off")) == "alice asked on 2026-11-27 at 12:03 UTC"
    assert [said(asked(state)) for state in ("running", "paused", "off")] == [
        "Started, as alice asked on 2026-11-27 at 12:03 UTC.",
        "Paused, as alice asked on 2026-11-27 at 12:03 UTC.",
        "Shut off, as alice asked on 2026-11-27 at 12:03 UTC.",
    ]
