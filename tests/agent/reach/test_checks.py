"""Runs of checks on a model: what they find, in which words, and how they are told."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from designer.wire import agent as wire
from tasks.agent import echoing, guesting, trial
from tasks.agent.outbox import Outbox
from tasks.agent.reach import Reach
from tasks.drivers.reach import CannotTry
from tests.agent.controller import Controller, until
from tests.agent.reach.places import Places, spec, wanted

Event = Mapping[str, Any]


@pytest.fixture(autouse=True)
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second is long for a model."""
    monkeypatch.setattr(echoing, "ROUND", 0.02)
    monkeypatch.setattr(guesting, "ROUND", 0.02)
    monkeypatch.setattr(guesting, "_LOOK_EVERY", 0.001)


class Told(list[Event]):
    def complete(self, run: str = "run-1") -> bool:
        return any(one["run"] == run and one["complete"] for one in list(self))

    def results(self, run: str = "run-1", within: float = 20) -> dict[str, Any]:
        """All of a run, once it is complete."""
        until(lambda: self.complete(run), within)
        return {
            result["id"]: result for one in self if one["run"] == run for result in one["results"]
        }


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def running(told: Told) -> Iterator[Callable[[Places], Reach]]:
    with contextlib.ExitStack() as stack:

        def run(places: Places) -> Reach:
            reach = Reach(places, told.append)
            reach.start()
            stack.callback(reach.stop)
            return reach

        yield run


Running = Callable[[Places], Reach]


def test_what_must_be_reached_and_is(running: Running, told: Told) -> None:
    reach = running(Places(reached=[("a", "10.0.0.1"), ("a", "fd00::1"), ("", "10.0.0.1")]))
    reach.take(
        wanted(
            spec("c1", "a", "10.0.0.1"),
            spec("c2", "a", "fd00::1"),
            spec("c3", "", "10.0.0.1", where="host"),
        )
    )
    for result in told.results().values():
        assert (result["state"], result["sent"], result["received"]) == ("pass", 1, 1)
        assert result["rtt_ms"] is not None
        assert " answered after " in result["detail"]


def test_what_must_be_reached_is_tried_again_until_it_is(running: Running, told: Told) -> None:
    places = Places()
    running(places).take(wanted(spec("c1", "a", "10.0.0.1")))
    until(lambda: len(places.asked) >= 3)
    assert told == []
    places.reached = [("a", "10.0.0.1")]
    result = told.results()["c1"]
    assert result["state"] == "pass"
    assert result["sent"] > 3
    assert f"10.0.0.1 answered ping {result['sent']} after" in result["detail"]


def test_what_is_not_reached_in_time(running: Running, told: Told) -> None:
    places = Places(missing={"c": CannotTry("There is no namespace c.")})
    running(places).take(
        wanted(spec("c1", "a", "10.0.0.1", within=1), spec("c2", "c", "10.0.0.1", within=1))
    )
    results = told.results()
    assert results["c1"]["state"] == "fail"
    sent = results["c1"]["sent"]
    assert results["c1"]["detail"] == f"10.0.0.1 answered none of {sent} pings in 1 s."
    assert results["c2"]["state"] == "unknown"
    assert results["c2"]["detail"] == "There is no namespace c."


def test_why_nothing_can_be_sent_is_said(running: Running, told: Told) -> None:
    def no_route(_place: str, _address: str) -> None:
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    running(Places(before=no_route)).take(
        wanted(
            spec("c1", "a", "10.0.0.1", within=1), spec("c2", "a", "10.0.0.2", expect="no-reach")
        )
    )
    results = told.results()
    assert results["c1"]["state"] == "fail"
    assert results["c1"]["detail"] == (
        "10.0.0.1 answered none of 0 pings in 1 s. Last: 10.0.0.1: Network is unreachable."
    )
    assert (results["c2"]["state"], results["c2"]["sent"]) == ("pass", 0)
    assert "10.0.0.2: Network is unreachable" in results["c2"]["detail"]


@pytest.mark.parametrize(("where", "name"), [("namespace", "a"), ("domain", "vm")])
def test_what_must_not_be_reached(running: Running, told: Told, where: str, name: str) -> None:
    places = Places(reached=[(name, "10.0.0.2")])
    running(places).take(
        wanted(
            spec("c1", name, "10.0.0.1", where=where, expect="no-reach"),
            spec("c2", name, "10.0.0.2", where=where, expect="no-reach"),
        )
    )
    results = told.results()
    assert results["c1"] == {
        "id": "c1",
        "state": "pass",
        "detail": "10.0.0.1 answered none of 3 pings.",
        "sent": 3,
        "received": 0,
        "rtt_ms": None,
    }
    assert results["c2"]["state"] == "fail"
    assert results["c2"]["received"] == (3 if where == "domain" else 1)  # a program of three
    assert results["c2"]["detail"].endswith(", and must not be reached.")


def test_from_within_a_vm(running: Running, told: Told) -> None:
    places = Places(
        reached=[("vm", "10.0.0.1")],
        missing={"bare": CannotTry("There is no program ping in this VM: install it there.")},
    )
    running(places).take(
        wanted(
            spec("c1", "vm", "10.0.0.1", where="domain"),
            spec("c2", "vm", "10.0.0.2", where="domain", within=1),
            spec("c3", "bare", "10.0.0.1", where="domain"),
        )
    )
    results = told.results()
    assert results["c1"]["detail"] == "10.0.0.1 answered after 3.26 ms."
    assert results["c1"]["rtt_ms"] == 3.26
    assert results["c2"]["state"] == "fail"
    assert results["c3"]["state"] == "unknown"
    assert "install it there" in results["c3"]["detail"]


def test_a_vm_that_boots_is_waited_for(running: Running, told: Told) -> None:
    booting = CannotTry("No guest agent answers in this VM.", passing=True)
    places = Places(reached=[("vm", "10.0.0.1")], missing={"vm": booting})
    running(places).take(wanted(spec("c1", "vm", "10.0.0.1", where="domain")))
    until(lambda: len(places.threads) > 0)
    places.missing = {}
    assert told.results()["c1"]["state"] == "pass"


def test_a_vm_without_an_agent_is_unknown_in_the_end(running: Running, told: Told) -> None:
    words = "No guest agent answers in this VM: install and start qemu-guest-agent in it."
    places = Places(missing={"vm": CannotTry(words, passing=True)})
    running(places).take(wanted(spec("c1", "vm", "10.0.0.1", where="domain", within=1)))
    result = told.results()["c1"]
    assert (result["state"], result["detail"]) == ("unknown", words)


def test_results_are_told_as_they_are_found(running: Running, told: Told) -> None:
    places = Places(reached=[("a", "10.0.0.1")])
    running(places).take(wanted(spec("c1", "a", "10.0.0.1"), spec("c2", "b", "10.0.0.1")))
    until(lambda: told)
    assert [one["id"] for one in told[0]["results"]] == ["c1"]
    assert not told[0]["complete"]
    places.reached = [("b", "10.0.0.1")]
    assert told.results()["c2"]["state"] == "pass"


def test_an_empty_run_is_complete(running: Running, told: Told) -> None:
    running(Places()).take(wanted())
    assert told.results() == {}


def test_what_is_no_address_is_unknown(running: Running, told: Told) -> None:
    running(Places()).take(wanted(spec("c1", "a", "not one")))
    assert told.results()["c1"]["detail"] == "'not one' is no address."


def test_a_run_is_not_begun_twice(running: Running, told: Told) -> None:
    reach = running(Places(reached=[("a", "10.0.0.1")]))
    for _ in range(2):
        reach.take(wanted(spec("c1", "a", "10.0.0.1")))
        told.results()
    reach.take(wanted(run="run-2"))
    told.results("run-2")
    assert [one["run"] for one in told if one["complete"]] == ["run-1", "run-2"]


def test_a_forgotten_run_is_silent(running: Running, told: Told) -> None:
    places = Places()
    reach = running(places)
    reach.take(wanted(spec("c1", "a", "10.0.0.1")))
    until(lambda: places.asked)
    reach.take(wire.Forget(run="run-1"))
    until(lambda: places.open == 0)
    reach.take(wanted(run="run-2"))
    told.results("run-2")
    asked = len(places.asked)
    reach.take(wanted(spec("c1", "a", "10.0.0.1")))  # late: it stays forgotten
    reach.take(wanted(run="run-3"))
    told.results("run-3")
    assert len(places.asked) == asked
    assert {one["run"] for one in told} == {"run-2", "run-3"}


def test_a_socket_that_comes_too_late_is_closed(running: Running, told: Told) -> None:
    places = Places(delay=threading.Event())
    reach = running(places)
    reach.take(wanted(spec("c1", "a", "10.0.0.1")))
    until(lambda: places.threads)
    reach.take(wire.Forget(run="run-1"))
    reach.take(wanted(run="run-2"))
    told.results("run-2")
    places.delay.set()
    until(lambda: places.most_open == 1 and places.open == 0)


def test_a_fault_of_ours_ends_the_run_with_words(
    running: Running, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(_place: str, _address: str) -> None:
        raise RuntimeError("a fault")

    reach = running(Places(before=fault))
    reach.take(wanted(spec("c1", "a", "10.0.0.1"), spec("c2", "b", "10.0.0.1")))
    assert {one["state"] for one in told.results().values()} == {"unknown"}
    assert "Please report it" in told.results()["c1"]["detail"]
    assert "A fault of the agent's own" in caplog.text


def test_stopping_ends_all_runs(told: Told) -> None:
    places = Places()
    reach = Reach(places, told.append)
    reach.start()
    reach.take(wanted(spec("c1", "a", "10.0.0.1"), spec("c2", "vm", "10.0.0.1", where="domain")))
    until(lambda: len(places.asked) >= 2)
    reach.stop()
    assert places.open == 0
    assert told == []
    assert "reach" not in {thread.name for thread in threading.enumerate()}
    reach.take(wanted(run="run-2"))  # too late, and no error


def test_thousands_of_checks_need_few_threads_and_sockets(running: Running, told: Told) -> None:
    spaces = [f"ns{number}" for number in range(1000)]
    vms = [f"vm{number}" for number in range(100)]
    places = Places(reached=[(one, "10.0.0.1") for one in (*spaces, *vms)], slow=0.001)
    before = threading.active_count()
    most: list[int] = []
    places.before = lambda _place, _address: most.append(threading.active_count())
    running(places).take(
        wanted(
            *(spec(f"c{one}-{address}", one, address, expect=expect)
              for one in spaces
              for address, expect in (("10.0.0.1", "reach"), ("10.0.0.2", "no-reach"))),
            *(spec(f"d{one}", one, "10.0.0.1", where="domain") for one in vms),
        )
    )  # fmt: skip
    results = told.results(within=60)
    assert len(results) == 2100
    assert {one["state"] for one in results.values()} == {"pass"}
    assert max(most) - before <= 8
    assert places.most_open <= 128
    assert places.most_calls <= 4
    assert places.open == 0


def test_results_merge_while_the_controller_is_away() -> None:
    outbox = Outbox()

    def event(run: str, id: str, state: str, complete: bool = False) -> dict[str, Any]:
        results = [{"id": id, "state": state}]
        return {"kind": "checked", "run": run, "results": results, "complete": complete}

    outbox.put(event("r1", "c1", "fail"))
    outbox.put(event("r2", "c1", "pass", complete=True))
    outbox.put(event("r1", "c2", "pass"))
    outbox.put(event("r1", "c1", "pass", complete=True))
    outbox.put({"kind": "probed", "run": "r3", "nics": []})
    taken = []
    while (one := outbox.take()) is not None:
        taken.append(one[1])
    first, second, third = taken
    assert (first["run"], first["complete"]) == ("r1", True)
    assert first["results"] == [{"id": "c1", "state": "pass"}, {"id": "c2", "state": "pass"}]
    assert (second["run"], third["run"]) == ("r2", "r3")


def test_the_controllers_errands_arrive_and_answers_go_back(controller: Controller) -> None:
    """Over a real websocket, as the agent puts its parts together."""
    from designer.machine.state import Inventory
    from designer.wire import PROTOCOL
    from tasks.agent.session import Session
    from tests.agent.conftest import QUICK

    def hello(boot: str) -> wire.Hello:
        return wire.Hello(
            protocol=PROTOCOL, version="0", boot=boot, inventory=Inventory(name="model")
        )

    errands: list[Any] = []
    session = Session(controller.credential, hello, on_errand=errands.append, patience=QUICK)
    reach = Reach(Places(reached=[("a", "10.0.0.1")]), session.put)
    session.start()
    reach.start()
    try:
        assert session.connected.wait(30)
        check = wanted(spec("c1", "a", "10.0.0.1"))
        controller.tell(**check.model_dump(mode="json"))
        probe = {"segment": "s", "nic": "eth1", "vlans": [0], "sizes": [64]}
        controller.tell(
            type="probe", run="run-2", lab="testlab1", me="model", peers=["two"], seconds=0.3,
            probes=[probe],
        )  # fmt: skip
        controller.tell(type="forget", run="run-9")
        until(lambda: len(errands) == 3)
        assert errands[0] == check
        for errand in errands:
            reach.take(errand)
        (checked,) = until(
            lambda: [one for one in controller.of_kind("checked") if one["complete"]]
        )
        assert (checked["run"], checked["lab"]) == ("run-1", "testlab1")
        (probed,) = until(lambda: controller.of_kind("probed"))
        assert probed["nics"] == [
            {"segment": "s", "nic": "eth1", "error": "There is no eth1 here.", "tried": False,
             "heard": []}
        ]  # fmt: skip
    finally:
        reach.stop()
        session.stop()


def test_a_must_not_reach_waits_no_longer_than_its_run(
    running: Running, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_UP", 0)
    places = Places(missing={"vm": CannotTry("No guest agent answers.", passing=True)})
    running(places).take(wanted(spec("c1", "vm", "10.0.0.1", where="domain", expect="no-reach")))
    assert told.results()["c1"]["state"] == "unknown"
