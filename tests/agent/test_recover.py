"""An agent that dies anywhere, on a model of a machine: the next start converges.

The same on the real kernel, with real SIGKILLs, is in test_kill.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer import planner
from designer.machine.state import MachineState
from tasks.agent.errors import Stopping
from tasks.agent.hands import Hands
from tasks.agent.journal import Journal
from tasks.drivers.errors import ObservationFailed
from tests.agent.conftest import Start
from tests.agent.controller import Controller, Job
from tests.agent.designs import LAB, destroy, job, lab_of, routed
from tests.agent.model import ModelMachine, failing

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Killed(BaseException):
    """Ends the thread there and then; nothing that catches Exception sees it."""


def countdown(number: int) -> Callable[[object], None]:
    """A hook that kills at its number-th call."""
    calls = iter(range(number))

    def kill(_: object) -> None:
        if next(calls, None) is None:
            raise Killed

    return kill


def die_at(
    machine: ModelMachine, monkeypatch: pytest.MonkeyPatch, moment: str, number: int
) -> None:
    kill = countdown(number)
    if moment == "before":
        machine.before = kill
    elif moment == "effect":
        machine.after = kill
    else:
        append = Journal.append

        def append_and_kill(self: Journal, *records: Any) -> None:
            append(self, *records)
            kill(records)

        monkeypatch.setattr(Journal, "append", append_and_kill)


def call_and_die(hands: Hands, wanted: Job) -> bool:
    """Whether it died of it."""
    try:
        hands.do(wanted["deployment"], wanted["generation"])
    except Stopping:  # of the hands that are no more
        hands._thread.join(60)
        return True
    return False


def is_there(machine: ModelMachine, resources: list[Any]) -> bool:
    desired = MachineState.of(resources)
    return not planner.plan(desired, machine.observe(LAB, desired.resources), LAB).operations


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("moment", ["before", "effect", "journal"])
@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("wanted", ["this", "unreachable", "gone"])
def test_killed_at_a_batch_of_a_deployment(
    start: Start, controller: Controller, machine: ModelMachine, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, moment: str, number: int, wanted: str,
) -> None:  # fmt: skip
    """Still wanted, or nobody to ask: finished. No longer wanted: as if it had never begun."""
    controller.assigned = False
    monkeypatch.setattr("tasks.agent.hands._WAIT_FOR_CONTROLLER", 0.05)
    asked = controller.assign(job(routed()))
    state = MachineState.of(routed())
    operations = planner.plan(state, MachineState(), LAB).operations
    batches = len(list(machine.batches(operations)))
    assert batches == 7
    with start() as hands:
        assert hands.session.connected.wait(30)
        with monkeypatch.context() as patch:
            die_at(machine, patch, moment, number)
            assert call_and_die(hands, asked) == (number < batches + (moment == "journal") * 2)
    died = (tmp_path / f"journals/{LAB}.journal").exists()
    ended = moment == "journal" and number == batches + 1  # the last record was on disk
    back = wanted == "gone" and died and not ended
    machine.before = machine.after = lambda _: None
    if wanted == "unreachable":
        controller.down()
    elif wanted == "gone":
        controller.jobs.clear()
    with start() as hands:
        assert hands.recovered.wait(30)
        controller.down()
        controller.up()
        if died:
            answer = controller.finished(asked)
            assert answer["outcome"] == ("undone" if back else "applied")
    if back:
        assert machine.resources == {}
    else:
        assert is_there(machine, routed())
    assert not any(name.startswith("journals") for name in files(tmp_path))


@pytest.mark.parametrize("number", range(6))
def test_killed_while_going_back_it_goes_on_going_back(
    start: Start, controller: Controller, machine: ModelMachine,
    monkeypatch: pytest.MonkeyPatch, number: int,
) -> None:  # fmt: skip
    controller.assigned = False
    first = controller.assign(job(lab_of(1)))
    with start() as hands:
        assert hands.session.connected.wait(30)
        hands.do(first["deployment"], first["generation"])
        before = dict(machine.resources)
        refuse = failing(("address", f"{LAB}-c3", "eth0", "10.9.0.13/24"))
        kill = countdown(number)

        def refuse_then_kill(operations: Any) -> None:
            if operations[0].action == "delete":
                kill(operations)
            refuse(operations)

        machine.before = refuse_then_kill
        second = controller.assign(job(lab_of(3)))
        call_and_die(hands, second)
    machine.before = lambda _: None
    with start() as hands:
        assert hands.recovered.wait(30)
        answer = controller.finished(second)
    assert answer["outcome"] == "undone"
    assert answer["failure"]["words"] == "Device or resource busy"
    assert machine.resources == before


def test_killed_in_destroy_it_is_destroyed_and_leaves_no_file(
    start: Start, controller: Controller, machine: ModelMachine, tmp_path: Path
) -> None:
    controller.assigned = False
    first = controller.assign(job(routed()))
    with start() as hands:
        assert hands.session.connected.wait(30)
        hands.do(first["deployment"], first["generation"])
        machine.after = countdown(2)
        last = controller.assign(destroy())
        assert call_and_die(hands, last)
    machine.after = lambda _: None
    with start():
        assert controller.finished(last)["outcome"] == "applied"
    assert machine.resources == {}
    assert files(tmp_path) == []


def test_a_lost_answer_is_given_again_by_the_next_start(
    start: Start, controller: Controller, machine: ModelMachine
) -> None:
    wanted = controller.assign(job(lab_of(1)))
    controller.assigned = False
    with start() as hands:
        assert hands.session.connected.wait(30)
        hands.do(wanted["deployment"], wanted["generation"])
        controller.finished(wanted)
    controller.events.clear()
    done = list(machine.performed)
    controller.assigned = True
    with start():
        assert controller.finished(wanted)["outcome"] == "applied"
    assert machine.performed == done


def test_stopped_in_the_middle_it_goes_on_after_the_next_start(
    start: Start, controller: Controller, machine: ModelMachine, tmp_path: Path
) -> None:
    controller.assigned = False
    wanted = controller.assign(job(routed()))
    with start() as hands:
        assert hands.session.connected.wait(30)
        machine.after = lambda _: hands._stopping.set()
        assert call_and_die(hands, wanted)
    assert 0 < len(machine.performed) <= machine.batch
    assert controller.of_kind("finished") == []
    machine.after = lambda _: None
    with start():
        assert controller.finished(wanted)["outcome"] == "applied"
    assert is_there(machine, routed())


def test_a_full_disk_at_the_end_keeps_the_journal_as_the_record(
    start: Start, controller: Controller, machine: ModelMachine, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    controller.assigned = False
    wanted = controller.assign(job(lab_of(1)))
    with start() as hands:
        assert hands.session.connected.wait(30)
        with monkeypatch.context() as patch:

            def full(*_: object, **__: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr("tasks.agent.labs.disk.replace", full)
            hands.do(wanted["deployment"], wanted["generation"])
            assert controller.finished(wanted)["outcome"] == "applied"
    assert (tmp_path / f"journals/{LAB}.journal").exists()
    with start() as hands:
        assert hands.recovered.wait(30)
        applied = hands._labs.get(LAB).applied
        assert applied is not None
        assert applied.generation == wanted["generation"]
    assert not (tmp_path / f"journals/{LAB}.journal").exists()


def test_a_journal_of_no_use_is_dropped(start: Start, tmp_path: Path) -> None:
    (tmp_path / "journals").mkdir()
    Journal.create(tmp_path / f"journals/{LAB}.journal", {"is": "begin", "job": {}}, 1).close()
    (tmp_path / "journals/lab00002.journal").write_bytes(b"trun")
    with start() as hands:
        assert hands.recovered.wait(30)
    assert list((tmp_path / "journals").iterdir()) == []


def test_recovery_waits_for_a_libvirt_that_is_not_up_yet(
    start: Start, controller: Controller, machine: ModelMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.assigned = False
    wanted = controller.assign(job(lab_of(1)))
    with start() as hands:
        assert hands.session.connected.wait(30)
        machine.after = countdown(1)
        assert call_and_die(hands, wanted)
    machine.after = lambda _: None
    observe, failures = machine.observe, iter(range(3))

    def not_yet(lab: str, keys: Any = ()) -> MachineState:
        if next(failures, None) is not None:
            raise ObservationFailed("libvirt does not answer")
        return observe(lab, keys)

    monkeypatch.setattr(machine, "observe", not_yet)
    monkeypatch.setattr("tasks.agent.recover._AGAIN", 0.01)
    with start():
        assert controller.finished(wanted)["outcome"] == "applied"
    assert is_there(machine, lab_of(1))
