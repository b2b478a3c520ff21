"""Lost messages, drift, storms of changes, and what the controller hears of them."""

from __future__ import annotations

import time
from collections.abc import Collection
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from designer.machine.resources import Bridge, Key, Veth
from designer.machine.state import MachineState
from tasks.agent.hands import Hands
from tests.agent.conftest import Start
from tests.agent.controller import Controller, Job, until
from tests.agent.designs import LAB, destroy, job, lab_of
from tests.agent.model import ModelMachine, failing

BRIDGE = ("link", "", "br0")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.agent.hands.RECONCILE_EVERY", 0.05)


def deployed(hands: Hands, controller: Controller, containers: int = 1) -> Job:
    wanted = controller.assign(job(lab_of(containers)))
    hands.do(wanted["deployment"], wanted["generation"])
    controller.finished(wanted)
    until(lambda: controller.statuses(LAB).get("nodes/br0", {}).get("state") == "ok")
    return wanted


def test_a_lost_message_is_found_on_connecting(start: Start, controller: Controller) -> None:
    wanted = controller.assign(job(lab_of(1)))
    with start():
        assert controller.finished(wanted)["outcome"] == "applied"


@pytest.mark.usefixtures("often")
def test_a_lost_message_is_found_by_and_by_and_done_once(
    start: Start, controller: Controller, machine: ModelMachine
) -> None:
    with start() as hands:
        assert hands.session.connected.wait(30)
        wanted = controller.assign(job(lab_of(1)))
        assert controller.finished(wanted)["outcome"] == "applied"
        done = list(machine.performed)
        asked = controller.requests.count("assignments")
        until(lambda: controller.requests.count("assignments") > asked + 3)
        assert machine.performed == done
        assert controller.fetched == [(wanted["deployment"], wanted["generation"])]


@pytest.mark.usefixtures("often")
def test_a_plan_that_waits_for_its_user_is_made_once(
    start: Start, controller: Controller, machine: ModelMachine
) -> None:
    with start():
        controller.assign(job(lab_of(1), phase="plan"))
        controller.until(lambda: controller.of_kind("planned"))
        asked = controller.requests.count("assignments")
        until(lambda: controller.requests.count("assignments") > asked + 3)
    assert len(controller.of_kind("planned")) == 1
    assert machine.performed == []


@pytest.mark.usefixtures("often")
def test_of_a_destroyed_lab_nothing_is_remembered_for_ever(
    start: Start, controller: Controller
) -> None:
    with start() as hands:
        for one in (job(lab_of(1)), destroy()):
            controller.assign(one)
            controller.finished(one)
        controller.jobs.clear()
        until(lambda: list(hands._labs) == [])
        until(lambda: hands._monitor._told == {})
        assert hands._answered == {}


@pytest.mark.usefixtures("often")
def test_of_a_first_deployment_put_back_no_file_stays_and_its_failure_is_still_shown(
    start: Start, controller: Controller, machine: ModelMachine, tmp_path: Path
) -> None:
    address = ("address", f"{LAB}-c1", "eth0", "10.9.0.11/24")
    machine.before = failing(address)
    with start() as hands:
        wanted = controller.assign(job(lab_of(1)))
        assert controller.finished(wanted)["outcome"] == "undone"
        controller.until(lambda: controller.statuses(LAB))
        assert [path.name for path in (tmp_path / "labs").iterdir()] == [f"{LAB}.json"]
        controller.jobs.clear()
        until(lambda: not any((tmp_path / "labs").iterdir()))
        told = len(controller.events)
        hands.changed()
        until(lambda: controller.requests.count("assignments") > told + 3)
        shown = controller.statuses(LAB)[f"interfaces/{LAB}-c1:eth0"]
        assert shown["state"] == "failed"


def test_drift_is_shown_and_so_is_its_end(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    deployed(hands, controller)
    until(lambda: all(one["state"] == "ok" for one in controller.statuses(LAB).values()))
    until(lambda: hands._monitor.pace.due is None and not len(hands.session._outbox))
    controller.events.clear()
    machine.meddle(BRIDGE, stp=True)
    drift = until(lambda: controller.of_kind("status"))[0]
    assert drift["statuses"].keys() == {"nodes/br0"}
    assert drift["statuses"]["nodes/br0"]["state"] == "drift"
    assert not drift["complete"]
    machine.meddle(BRIDGE, stp=False)
    until(lambda: controller.statuses(LAB)["nodes/br0"]["state"] == "ok")


def test_what_somebody_deleted_is_absent_and_a_strange_port_is_drift(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    deployed(hands, controller)
    machine.remove(("namespace", f"{LAB}-c1"))
    until(lambda: controller.statuses(LAB)[f"nodes/{LAB}-c1"]["state"] == "absent")
    theirs = Veth(name="theirs", peer_netns="", peer="other", master="br0", owner=LAB)
    machine.resources[theirs.key] = theirs
    machine.meddle(BRIDGE)
    assert machine.performed, "nothing is repaired unasked"


def test_what_others_make_and_take_away_is_in_the_inventory_soon(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    """Long before the agent would ask for work again: a name that is free may be deployed."""

    def links() -> Any:
        return [tuple(one["inventory"]["links"]) for one in controller.of_kind("inventory")]

    theirs = Bridge(name="theirs")
    machine.resources[theirs.key] = theirs
    machine.meddle(theirs.key)
    controller.until(lambda: links() == [("theirs",)], within=5)
    machine.remove(theirs.key)
    controller.until(lambda: links() == [("theirs",), ()], within=5)


def test_a_storm_ends_in_the_exact_state_with_few_looks(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    deployed(hands, controller)
    until(lambda: hands._monitor.pace.due is None)
    looks, began = machine.observations, time.monotonic()
    for number in range(20_000):
        machine.meddle(BRIDGE, stp=bool(number % 2))
    machine.meddle(BRIDGE, forward_delay=9, stp=False, priority=7)
    machine.meddle(BRIDGE, index=4711)
    lasted = time.monotonic() - began
    until(lambda: controller.statuses(LAB)["nodes/br0"]["facts"].get("index") == 4711)
    assert controller.statuses(LAB)["nodes/br0"]["state"] == "ok"
    assert machine.observations - looks <= lasted / 0.25 + 5
    assert len(hands.session._outbox) < 5


def test_what_changes_during_a_look_waits_its_turn(
    hands: Hands, controller: Controller, machine: ModelMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(hands, controller)
    until(lambda: hands._monitor.pace.due is None)
    looks: list[float] = []
    observe = machine.observe

    def changing(lab: str, keys: Collection[Key] = ()) -> MachineState:
        looks.append(time.monotonic())
        if len(looks) < 4:
            hands.changed()
        return observe(lab, keys)

    monkeypatch.setattr(machine, "observe", changing)
    machine.meddle(BRIDGE, index=4711)
    until(lambda: len(looks) == 4)
    assert all(later - earlier >= 0.25 for earlier, later in pairwise(looks))


def test_a_single_change_is_told_within_a_tenth_of_a_second(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    deployed(hands, controller)
    until(lambda: hands._monitor.pace.due is None)
    time.sleep(0.3)  # the pause after the last look is over
    took = []

    def is_shown(state: str) -> bool:
        return bool(controller.statuses(LAB)["nodes/br0"]["state"] == state)

    for stp in (True, False, True):
        began = time.monotonic()
        machine.meddle(BRIDGE, stp=stp)
        until(partial(is_shown, "drift" if stp else "ok"))
        took.append(time.monotonic() - began)
        time.sleep(0.3)
    assert min(took) < 0.1


def test_after_a_reconnect_everything_is_told_anew(
    hands: Hands, controller: Controller, machine: ModelMachine
) -> None:
    deployed(hands, controller)
    controller.down()
    machine.meddle(BRIDGE, stp=True)
    controller.events.clear()
    controller.up()
    status = until(lambda: [one for one in controller.of_kind("status") if one["complete"]])[-1]
    assert status["statuses"]["nodes/br0"]["state"] == "drift"
    assert f"nodes/{LAB}-c1" in status["statuses"]


def test_a_restart_keeps_what_is_applied_and_touches_nothing(
    start: Start, controller: Controller, machine: ModelMachine
) -> None:
    controller.assigned = False
    with start() as hands:
        assert hands.session.connected.wait(30)
        deployed(hands, controller)
    done = list(machine.performed)
    controller.events.clear()
    with start():
        until(lambda: controller.statuses(LAB).get("nodes/br0", {}).get("state") == "ok")
    assert machine.performed == done


def test_the_inventory_is_told_when_it_changes(
    start: Start, controller: Controller, machine: ModelMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.agent.hands.RECONCILE_EVERY", 0.05)
    with start() as hands:
        assert hands.session.connected.wait(30)
        machine.features["8021q"] = True
        told = until(lambda: controller.of_kind("inventory"))
        asked = controller.requests.count("assignments")
        until(lambda: controller.requests.count("assignments") > asked + 3)
    assert told[0]["inventory"]["features"] == {"bridge": True, "8021q": True}
    assert len(controller.of_kind("inventory")) == 1


def test_a_lab_that_cannot_be_observed_stops_nothing_else(
    hands: Hands, controller: Controller, machine: ModelMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(hands, controller)
    observe = machine.observe

    def blind(lab: str, keys: object = ()) -> object:
        if lab == LAB:
            raise OSError("libvirt does not answer")
        return observe(lab, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(machine, "observe", blind)
    other = controller.assign(job([Bridge(name="brother", owner="lab00002")], lab="lab00002"))
    hands.do(other["deployment"], other["generation"])
    assert controller.finished(other)["outcome"] == "applied"
    machine.meddle(("link", "", "brother"), up=False)
    until(lambda: controller.statuses("lab00002").get("nodes/brother", {}).get("state") == "drift")
