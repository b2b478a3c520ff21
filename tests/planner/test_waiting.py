"""What waits for a VM's next start: what can, how it is told, and that it is no drift."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.resources import Asked, Bridge, Domain, DomainNic
from designer.machine.state import MachineState
from designer.planner import Status, differences, overruled, plan, statuses, undo
from designer.planner.waiting import can_wait, defined, put_off
from designer.planner.words import at_next_start
from designer.wire import resources_to_json, state_from_json

LAB = "mylab"
CARD = DomainNic(mac="52:54:00:00:00:01", bridge="br0", tap="vnet0")
VM = Domain(
    name="mylab-vm1", uuid="u", memory=64, vcpus=2, nics=(CARD,), owner=LAB, state="running"
)
LARGER = replace(VM, vcpus=4)
WAITS = replace(VM, later=LARGER)


def of(*domains: Domain) -> MachineState:
    return MachineState.of([Bridge(name="br0", owner=LAB), *domains])


def status(desired: Domain, there: Domain) -> Status:
    return statuses(of(desired), of(there), LAB, {VM.key: "nodes/vm1"})["nodes/vm1"]


def test_it_is_told_and_is_neither_drift_nor_failure() -> None:
    assert put_off(LARGER, VM) == WAITS
    assert differences(of(LARGER), of(WAITS), LAB) == ()
    told = status(LARGER, WAITS)
    assert (told.state, told.detail) == ("ok", "At its next start: vCPUs 2 → 4.")
    assert told.facts["next_start"] == ["vCPUs 2 → 4"]
    assert "next_start" not in status(LARGER, LARGER).facts


def test_a_plan_says_what_waits_before_and_after_it_is_carried_out() -> None:
    note = "mylab-vm1, at its next start: vCPUs 2 → 4. Shut it down and start it for that."
    before = plan(of(LARGER), of(VM), LAB, at_next_start=True)
    (operation,) = before.operations
    assert (operation.after, operation.fields) == (WAITS, ("later",))
    assert before.notes == (note,)
    after = plan(of(LARGER), of(WAITS), LAB)
    assert (after.operations, after.notes) == ((), (note,))
    assert plan(of(LARGER), of(VM), LAB).operations[0].restarts


def test_another_definition_than_is_drawn_is_drift_though_it_runs_as_it_should() -> None:
    (found,) = differences(of(VM), of(WAITS), LAB)
    assert found.fields == ("later",)
    assert found.message == (
        "Its definition for the next start is another: the number of vCPUs is 4 and the design "
        "says 2."
    )
    assert status(VM, WAITS).state == "drift"


def test_the_hardware_of_a_card_waits_while_its_cable_is_moved() -> None:
    other = replace(VM, nics=(replace(CARD, model="e1000"),))
    there = put_off(other, VM)
    assert at_next_start(there) == ["cards virtio → e1000"]
    moved = replace(other, nics=(replace(other.nics[0], bridge="br1"),))
    (operation,) = plan(of(moved), of(there), LAB).operations
    assert operation.fields == ("nics.bridge",)
    after = operation.after
    assert isinstance(after, Domain)
    assert after.later is not None
    assert [(one.bridge, one.model) for one in (*after.nics, *after.later.nics)] == [
        ("br1", "virtio"),
        ("br1", "e1000"),
    ]


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (replace(VM, disk="a.qcow2"), ("disk",)),
        (replace(VM, nics=(replace(CARD, model="e1000", bridge="br1"),)), ("nics",)),
    ],
)
def test_what_cannot_wait_is_restarted_and_said(wanted: Domain, fields: tuple[str, ...]) -> None:
    assert not can_wait(wanted, VM, fields)
    (operation,) = plan(of(wanted), of(VM), LAB, at_next_start=True).operations
    assert operation.restarts
    assert "needs a restart for that, which cannot wait." in operation.reason


def test_what_was_started_anew_meanwhile_goes_back_to_what_it_was_defined_to_be() -> None:
    most = replace(VM, vcpus=8)
    (operation,) = undo(of(WAITS), of(most), LAB).operations
    assert operation.after == LARGER


def test_a_drawing_that_changed_its_mind_shuts_off_what_waits() -> None:
    """Though somebody had started it by hand."""
    off = replace(LARGER, running=False)
    started = replace(VM, asked=Asked(state="running", by="alice", at="2026-11-27T12:03:59Z"))
    there = defined(started, LARGER)
    assert plan(of(off), of(there), LAB).operations == ()
    seen = overruled(of(there), of(off), of(LARGER))
    (operation,) = plan(of(off), seen, LAB).operations
    assert operation.fields == ("running",)


def test_it_is_kept_in_a_journal() -> None:
    assert state_from_json(resources_to_json(of(WAITS))) == of(WAITS)
