"""Deployments on a model of a machine: what is done, what is answered, what is kept."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from designer import planner
from designer.machine.resources import Bridge, Module
from designer.machine.state import MachineState
from tasks.agent.hands import Hands
from tasks.drivers.errors import OperationFailed
from tests.agent.controller import Controller, Job
from tests.agent.designs import LAB, destroy, job, lab_of, routed
from tests.agent.model import ModelMachine, failing


def do(hands: Hands, controller: Controller, wanted: Job) -> Job:
    """Call for a job as the queue does, and return its answer."""
    controller.assign(wanted)
    hands.do(wanted["deployment"], wanted["generation"])
    return controller.finished(wanted)


def is_there(machine: ModelMachine, resources: list[Any]) -> bool:
    desired = MachineState.of(resources)
    return not planner.plan(desired, machine.observe(LAB, desired.resources), LAB).operations


def test_apply_makes_it_and_says_so(
    hands: Hands, controller: Controller, machine: ModelMachine, tmp_path: Path
) -> None:
    wanted = job(routed())
    answer = do(hands, controller, wanted)
    assert (answer["outcome"], answer["failure"]) == ("applied", None)
    assert answer["writes"] == len(machine.performed) > 0
    assert is_there(machine, routed())
    assert machine.marks == {f"trunkline:{LAB}:{wanted['deployment']}"}
    record = json.loads((tmp_path / f"labs/{LAB}.json").read_bytes())
    assert record["applied"]["generation"] == wanted["generation"]
    assert record["applied"]["resources"] == wanted["resources"]
    assert list((tmp_path / "journals").iterdir()) == []


def test_what_a_job_left_is_known_when_it_ends(hands: Hands, controller: Controller) -> None:
    """The controller may hold the next design against it at once: a name is free again when the
    lab that had it is gone."""
    for wanted, there in ((job(lab_of(1)), True), (destroy(), False)):
        do(hands, controller, wanted)
        told = list(controller.events)
        end = next(at for at, one in enumerate(told) if one["kind"] == "finished"
                   and one["generation"] == wanted["generation"])  # fmt: skip
        known = [one["inventory"] for one in told[:end] if one["kind"] == "inventory"]
        assert ("br0" in known[-1]["links"]) is there


def test_progress_ends_at_the_total_and_every_ref_is_told(
    hands: Hands, controller: Controller
) -> None:
    wanted = job(lab_of(3))
    do(hands, controller, wanted)
    well = {ref: "ok" for _, ref in wanted["origins"]}
    controller.until(
        lambda: {ref: one["state"] for ref, one in controller.statuses(LAB).items()} == well
    )
    last = controller.of_kind("progress")[-1]
    assert last["done"] == last["total"]
    assert any(
        one["state"] == "applying"
        for event in controller.of_kind("status")
        for one in event["statuses"].values()
    )


def test_a_plan_changes_nothing_and_names_reasons_and_commands(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    wanted = controller.assign(job(lab_of(1), phase="plan"))
    hands.do(wanted["deployment"], wanted["generation"])
    planned = controller.until(lambda: controller.of_kind("planned"))[0]
    assert machine.performed == []
    bridge = next(one for one in planned["operations"] if one["key"] == ["link", "", "br0"])
    assert (bridge["action"], bridge["ref"]) == ("create", "nodes/br0")
    assert bridge["reason"]
    assert any("type bridge" in line for line in bridge["equivalents"])
    assert planned["fingerprint"]

    agreed = job(lab_of(1), deployment=wanted["deployment"], fingerprint=planned["fingerprint"])
    assert do(hands, controller, agreed)["outcome"] == "applied"


def test_a_stale_plan_is_not_carried_out(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    answer = do(hands, controller, job(lab_of(1), fingerprint="of another world"))
    assert answer["outcome"] == "stale-plan"
    assert "plan again" in answer["message"]
    assert machine.performed == []


def test_what_is_not_ours_is_refused_untouched(
    hands: Hands, controller: Controller, machine: ModelMachine, tmp_path: Path
) -> None:
    foreign = Bridge(name="br0")
    machine.resources[foreign.key] = foreign
    answer = do(hands, controller, job(lab_of(1)))
    assert answer["outcome"] == "refused"
    assert "br0" in answer["message"]
    assert machine.resources == {foreign.key: foreign}
    assert list((tmp_path / "journals").iterdir()) == []


def test_again_changes_nothing_and_an_edit_only_what_differs(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    do(hands, controller, job(lab_of(2)))
    machine.performed.clear()
    assert do(hands, controller, job(lab_of(2)))["writes"] == 0
    assert machine.performed == []
    assert do(hands, controller, job(lab_of(2, stp=True)))["outcome"] == "applied"
    assert [one.key for one in machine.performed] == [("link", "", "br0")]


def test_the_same_message_twice_is_one_run_and_the_same_answer(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    wanted = job(lab_of(1))
    first = do(hands, controller, wanted)
    done = list(machine.performed)
    hands.do(wanted["deployment"], wanted["generation"])
    controller.until(lambda: len(controller.of_kind("finished")) >= 2)
    assert all(one == first for one in controller.of_kind("finished"))
    assert machine.performed == done


def test_an_older_generation_changes_nothing_and_is_no_secret(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    old, new = job(lab_of(1)), job(lab_of(2))
    do(hands, controller, new)
    done = list(machine.performed)
    controller.jobs[old["deployment"], old["generation"]] = old
    hands.do(old["deployment"], old["generation"])
    assert machine.performed == done
    answer = controller.finished(old)
    assert (answer["outcome"], answer["writes"]) == ("refused", 0)
    assert "database seems to be an old one" in answer["message"]


def test_a_forged_message_changes_nothing(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    hands.do("00000000-0000-4000-8000-666666666666", 10**9)
    assert controller.fetched == [("00000000-0000-4000-8000-666666666666", 10**9)]
    assert machine.observations == 0
    assert controller.events == []


def test_a_job_with_marks_of_another_lab_is_refused(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    wanted = controller.assign(job(lab_of(1, lab="otherlab")))
    hands.do(wanted["deployment"], wanted["generation"])
    answer = controller.finished(wanted)
    assert answer["outcome"] == "refused"
    assert "should be marked as 'lab00001'" in answer["message"]
    assert machine.observations == 0


def test_a_module_is_nobodys_and_may_be_asked_for(hands: Hands, controller: Controller) -> None:
    wanted = controller.assign(job([Module(name="8021q"), *lab_of(1)]))
    hands.do(wanted["deployment"], wanted["generation"])
    assert controller.finished(wanted)["outcome"] == "applied"


def test_destroy_leaves_nothing_neither_there_nor_in_the_state_folder(
    hands: Hands, controller: Controller, machine: ModelMachine, tmp_path: Path
) -> None:
    decoy = Bridge(name="br0x")
    machine.resources[decoy.key] = decoy
    do(hands, controller, job(routed()))
    assert do(hands, controller, destroy())["outcome"] == "applied"
    assert machine.resources == {decoy.key: decoy}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    controller.until(lambda: controller.statuses(LAB) == {})


def test_a_failure_puts_back_what_was_there(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    do(hands, controller, job(lab_of(1)))
    before = dict(machine.resources)
    machine.before = failing(("address", f"{LAB}-c3", "eth0", "10.9.0.13/24"))
    answer = do(hands, controller, job(lab_of(3, stp=True)))
    assert answer["outcome"] == "undone"
    assert answer["failure"] == {
        "ref": f"interfaces/{LAB}-c3:eth0",
        "key": ["address", f"{LAB}-c3", "eth0", "10.9.0.13/24"],
        "words": "Device or resource busy",
        "advice": "Look for a program that holds it.",
    }
    assert machine.resources == before
    failed = {
        "state": "failed",
        "detail": "Device or resource busy Look for a program that holds it.",
        "facts": {},
    }
    ref = f"interfaces/{LAB}-c3:eth0"
    controller.until(lambda: controller.statuses(LAB).get(ref) == failed)


def test_when_putting_back_fails_too_both_are_said(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    refuse = failing(("address", f"{LAB}-c1", "eth0", "10.9.0.11/24"))

    def refuse_going_back_too(operations: Any) -> None:
        refuse(operations)
        if operations[0].action == "delete":
            raise OperationFailed(operations[0], 1, "Operation not permitted", "Be root.")

    machine.before = refuse_going_back_too
    answer = do(hands, controller, job(lab_of(1)))
    assert answer["outcome"] == "failed"
    assert answer["failure"]["words"] == "Device or resource busy"
    assert "Device or resource busy" in answer["message"]
    assert "Operation not permitted" in answer["message"]

    machine.before = lambda _: None
    assert do(hands, controller, destroy())["outcome"] == "applied"
    assert machine.resources == {}


def test_copies_of_disks_outlive_a_job_that_puts_back(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    """The VM that they are for is not in it, and still drawn."""
    first, second = job(lab_of(1)), job(lab_of(2))
    do(hands, controller, first)
    do(hands, controller, second)
    assert len(machine.kept_copies) == 2
    do(hands, controller, job(lab_of(1), deployment=second["deployment"], putting_back=True))
    assert len(machine.kept_copies) == 2


def test_success_is_what_was_observed(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    key = ("address", "", "br0", "10.9.0.1/24")

    def remove_it(_: object) -> None:
        machine.resources.pop(key, None)

    machine.after = remove_it  # somebody else does, again and again
    answer = do(hands, controller, job(lab_of(1)))
    assert answer["outcome"] == "undone"
    assert answer["failure"]["ref"] == "interfaces/host:br0"
    assert "10.9.0.1/24" in answer["failure"]["words"]
    assert machine.resources == {}


def test_a_fault_of_our_own_is_a_failure_too(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    def break_down(_: object) -> None:
        machine.before = lambda _: None
        raise KeyError("surprise")

    machine.before = break_down
    answer = do(hands, controller, job(lab_of(1)))
    assert answer["outcome"] == "undone"
    assert "surprise" in answer["failure"]["words"]
    assert "report it" in answer["failure"]["advice"]


@pytest.mark.parametrize("how", ["cancel", "newer"])
def test_cancelled_or_overtaken_it_stops_at_a_batch_and_goes_back(
    hands: Hands, controller: Controller, machine: ModelMachine, how: str,
) -> None:  # fmt: skip
    if how == "newer":  # a heartbeat tells what is assigned; a late one ends a connection
        controller.heartbeat = 0.02
        controller.drop()
        controller.until(lambda: len(controller.hellos) >= 2 and hands.session.connected.is_set())
    machine.batch = 1
    wanted, destroying = job(routed()), destroy()

    def overtake(_: object) -> None:
        machine.after = lambda _: None
        if how == "cancel":
            controller.tell(
                type="cancel", deployment=wanted["deployment"], generation=wanted["generation"]
            )
            controller.until(lambda: wanted["generation"] in {g for _, g in hands._cancelled})
        else:
            controller.assigned = True
            controller.jobs[destroying["deployment"], destroying["generation"]] = destroying
            machine.before = lambda _: time.sleep(0.01)  # the controller needs time to answer

    machine.after = overtake
    answer = do(hands, controller, wanted)
    assert answer["outcome"] == "undone"
    assert answer["failure"] is None
    assert answer["message"]
    assert machine.resources == {}
    assert 0 < answer["writes"] < 2 * len(routed())
