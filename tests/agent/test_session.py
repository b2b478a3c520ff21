"""The connection to the controller: refusals, losses, and events that survive them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from designer.machine.state import Inventory
from designer.wire import PROTOCOL
from designer.wire.agent import Hello
from tasks.agent.errors import Unreachable
from tasks.agent.session import Session
from tests.agent.conftest import QUICK
from tests.agent.controller import Controller, until
from tests.agent.designs import job, lab_of


def hello(boot: str) -> Hello:
    return Hello(protocol=PROTOCOL, version="0", boot=boot, inventory=Inventory(name="model"))


@pytest.fixture
def session(controller: Controller) -> Iterator[Session]:
    one = Session(controller.credential, hello, patience=QUICK)
    one.start()
    yield one
    one.stop()


def status(lab: str, **states: str) -> dict[str, object]:
    return {
        "kind": "status",
        "lab": lab,
        "statuses": {f"nodes/{ref}": {"state": state} for ref, state in states.items()},
        "complete": False,
    }


def test_it_greets_with_version_boot_and_inventory(
    session: Session, controller: Controller
) -> None:
    assert session.connected.wait(30)
    (greeting,) = controller.hellos
    assert (greeting.protocol, greeting.boot) == (PROTOCOL, session.boot)
    assert greeting.inventory.name == "model"


def test_requests_are_answered_each_by_its_number(session: Session, controller: Controller) -> None:
    assert session.connected.wait(30)
    jobs = [controller.assign(job(lab_of(1), lab="lab00001"))]
    controller.jobs["d2", 7] = job(lab_of(1), deployment="d2", generation=7, lab="lab00002")
    found = session.fetch("d2", 7)
    assert found is not None
    assert found.lab == "lab00002"
    assert session.fetch("d2", 8) is None
    assert {one.generation for one in session.assignments()} == {jobs[0]["generation"], 7}


def test_without_a_connection_a_request_fails_at_once(
    session: Session, controller: Controller
) -> None:
    assert session.connected.wait(30)
    controller.down()
    until(lambda: not session.connected.is_set())
    began = time.monotonic()
    with pytest.raises(Unreachable):
        session.assignments()
    assert time.monotonic() - began < QUICK.answer / 2


def test_a_connection_that_is_lost_ends_the_waiting(
    session: Session, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.connected.wait(30)
    monkeypatch.setattr(controller, "_answer", lambda *_: None)
    failed: list[Exception] = []

    def ask() -> None:
        try:
            session.assignments()
        except Unreachable as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: session._waiting)
    controller.drop()
    asking.join(60)
    assert "lost" in str(failed[0])


def test_events_made_while_the_controller_was_away_arrive_once(
    session: Session, controller: Controller
) -> None:
    assert session.connected.wait(30)
    controller.down()
    until(lambda: not session.connected.is_set())
    for number in range(100):
        session.put(status("lab00001", one="drift" if number % 2 else "ok"))
    session.put(status("lab00002", one="ok"))
    controller.up()
    until(lambda: len(controller.events) == 2)
    assert controller.statuses("lab00001")["nodes/one"]["state"] == "drift"
    assert [n for _, n in controller.heard] == [1, 2]


def test_what_was_not_acknowledged_is_sent_again_after_a_reconnect(
    session: Session, controller: Controller
) -> None:
    assert session.connected.wait(30)
    controller.acknowledge = False
    session.put(status("lab00001", one="ok"))
    session.put(status("lab00002", one="ok"))
    until(lambda: len(controller.heard) == 2)
    controller.acknowledge = True
    controller.drop()
    until(lambda: len(controller.heard) == 4)
    assert controller.heard == [(session.boot, n) for n in (1, 2, 1, 2)]
    assert len(controller.events) == 2
    until(lambda: len(session._outbox) == 0)


def test_a_hundred_lost_connections_lose_nothing(session: Session, controller: Controller) -> None:
    for number in range(100):
        session.put(status(f"lab{number:05}", one="ok"))
        if number % 5 == 0:
            controller.drop()
    until(lambda: len(session._outbox) == 0, within=20)
    labs = sorted(event["lab"] for event in controller.of_kind("status"))
    assert labs == [f"lab{number:05}" for number in range(100)]


def test_a_heartbeat_tells_of_us_and_brings_what_is_assigned(controller: Controller) -> None:
    controller.heartbeat = 0.02
    wanted = controller.assign(job(lab_of(1)))
    told: list[int] = []
    session = Session(
        controller.credential,
        hello,
        on_assigned=lambda jobs: told.extend(one.generation for one in jobs),
        patience=QUICK,
    )
    session.start()
    until(lambda: len(told) >= 3)
    session.stop()
    assert set(told) == {wanted["generation"]}


def test_a_controller_that_only_holds_the_line_is_left(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.heartbeat = 0.02
    monkeypatch.setattr(controller, "_answer", lambda *_: None)
    session = Session(controller.credential, hello, patience=QUICK)
    session.start()
    until(lambda: len(controller.hellos) >= 2)
    session.stop()


def test_a_refusal_is_shown_and_tried_again_slowly(
    controller: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    controller.refuse = "This controller speaks protocol 2, the agent speaks 1: update the agent."
    session = Session(controller.credential, hello, patience=replace(QUICK, refused_retry=0.3))
    with caplog.at_level(logging.ERROR, "trunkline.session"):
        session.start()
        until(lambda: caplog.messages)
    assert "protocol 2, the agent speaks 1: update the agent" in caplog.messages[0]
    began = time.monotonic()
    controller.refuse = None
    assert session.connected.wait(30)
    assert time.monotonic() - began > 0.1
    session.stop()


def test_a_credential_that_is_no_longer_good_is_named(
    controller: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    credential = replace(controller.credential, secret="old")
    session = Session(credential, hello, patience=QUICK)
    with caplog.at_level(logging.ERROR, "trunkline.session"):
        session.start()
        until(lambda: caplog.messages)
    session.stop()
    assert (
        "credential is not accepted (HTTP 401): enrol this hypervisor again" in (caplog.messages[0])
    )
    assert "old" not in caplog.text
    assert controller.hellos == []


def test_stopping_is_quick_and_brings_the_last_events(controller: Controller) -> None:
    session = Session(controller.credential, hello, patience=QUICK)
    session.start()
    assert session.connected.wait(30)
    session.put(status("lab00001", one="ok"))
    began = time.monotonic()
    session.stop()
    assert time.monotonic() - began < 10
    assert len(controller.events) == 1
    assert not session._thread.is_alive()


def test_stopping_without_a_controller_is_quick_too(controller: Controller) -> None:
    controller.down()
    session = Session(controller.credential, hello, patience=replace(QUICK, first_retry=30))
    session.start()
    time.sleep(0.1)
    began = time.monotonic()
    session.stop()
    assert time.monotonic() - began < 10
    assert not session._thread.is_alive()
