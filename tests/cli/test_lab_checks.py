"""``manage.py lab check``, checks after ``lab deploy``, and preflights on the command line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from designer.deploy.models import CheckPart, Deployment, ProbeRun
from tests.deploy.world import ONE_HOST, TWO_HOSTS, FakeAgent, make_agent, tell_probed

CHECKED = (
    ONE_HOST
    + """
checks:
  k1: {source: c1, target: h1, address: 192.0.2.1, label: Home}
  k2: {source: c1, target: h1, address: 192.0.2.9, expect: no-reach}
"""
)
Run = Callable[..., Any]


@contextmanager
def answering(agents: list[FakeAgent], work: Callable[[FakeAgent], None]) -> Iterator[None]:
    """Every agent does its jobs, and what ``work`` adds, in a thread."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def turn() -> None:
        for agent in agents:
            for job in agent.assignments():
                deployment = Deployment.objects.get(pk=UUID(job["deployment"]))
                if agent.part(deployment).phase == "plan":
                    agent.plan(deployment)
                else:
                    agent.finish(deployment)
            work(agent)

    def turns() -> None:
        try:
            while not stop.wait(0.02):
                turn()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=turns)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not failed, failed


def checking(**states: str) -> Callable[[FakeAgent], None]:
    """Answers checks: as expected, but for these."""

    def answer(agent: FakeAgent) -> None:
        open = CheckPart.objects.filter(
            hypervisor=agent.hypervisor, done=False, deadline__isnull=False, run__state="running"
        )
        for part in open.select_related("run__lab"):
            results = [
                {"id": one["id"], "state": states.get(one["id"], "pass"), "detail": "Tried."}
                for one in part.specs
            ]
            told = {"kind": "checked", "run": str(part.pk), "lab": part.run.lab.tag}
            agent.report({**told, "results": results, "complete": True})

    return answer


def test_a_deployment_prints_what_came_of_its_checks(lab: Run, file: Run, agent: FakeAgent) -> None:
    with answering([agent], checking(k2="fail")):
        done = lab("deploy", file(CHECKED), "--wait")
        again = lab("deploy", file(CHECKED), "--wait", "--json").json
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        "One bridge: done",
        "ok: Home: c1 must reach h1: Tried.",
        "failed: k2: c1 must not reach h1: Tried.",
    ]
    assert (again["state"], again["checks"]["results"]["checks/k2"]["state"]) == ("done", "failed")


def test_check_ends_with_what_came_of_it(lab: Run, file: Run, agent: FakeAgent) -> None:
    with answering([agent], checking()):
        lab("deploy", file(CHECKED), "--wait")
        good = lab("check", "One bridge")
        assert (good.code, len(good.out.splitlines())) == (0, 2)
        one = lab("check", "One bridge", "--only", "k1", "--json").json
        assert list(one["results"]) == ["checks/k1"]
        assert lab("check", "One bridge", "--only", "k9").code == 2
    with answering([agent], checking(k1="fail")):
        bad = lab("check", "One bridge")
        assert (bad.code, bad.err.splitlines()[-1]) == (1, "1 check is not as expected.")
        told = lab("check", "One bridge", "--json")
        assert (told.code, told.json["code"]) == (1, "checks")
        assert told.json["results"]["checks/k1"]["state"] == "failed"
    with answering([agent], checking(k1="unknown")):
        unsure = lab("check", "One bridge")
        assert (unsure.code, unsure.err.splitlines()[-1]) == (4, "Of 1 check nothing is known.")
    shown = lab("status", "One bridge").out
    assert "checks:\n  unknown: Home: c1 must reach h1: Tried.\n  ok: k2:" in shown


def test_check_says_what_is_in_the_way(lab: Run, file: Run, agent: FakeAgent) -> None:
    with answering([agent], checking()):
        lab("deploy", file(ONE_HOST), "--wait")
    done = lab("check", "One bridge")
    assert (done.code, done.err.strip()) == (5, "No checks are drawn. Draw one, then run it.")


def test_checks_that_take_too_long_go_on_by_themselves(
    lab: Run, file: Run, agent: FakeAgent
) -> None:
    def answer_the_first(agent: FakeAgent) -> None:
        for part in CheckPart.objects.filter(step="reach", done=False).select_related("run__lab"):
            results = [{"id": "k1", "state": "pass", "detail": "Tried."}]
            told = {"kind": "checked", "run": str(part.pk), "lab": part.run.lab.tag}
            agent.report({**told, "results": results, "complete": True})

    with answering([agent], answer_the_first):
        done = lab("deploy", file(CHECKED), "--wait", "--timeout", "2")
    assert done.code == 4
    assert "checks: 1 of 2 answered" in done.err.splitlines()
    assert done.err.splitlines()[-1] == (
        "After 2 s the checks are not through (k2: c1 must not reach h1). They go on by themselves."
    )
    assert Deployment.objects.get().state == "done"
    again = lab("check", "One bridge", "--timeout", "0", "--json")
    assert (again.code, again.json["code"]) == (4, "no-answer")
    assert again.json["results"]["checks/k2"]["state"] == "applying"


@pytest.fixture
def two(transactional_db: None) -> list[FakeAgent]:
    agents = [make_agent("hv1"), make_agent("hv2")]
    for agent in agents:
        agent.probes_pass = False
    return agents


def losing(agent: FakeAgent) -> None:
    """Answers preflights: hv2 hears nothing."""
    for run in ProbeRun.objects.filter(state="running"):
        lost = {("hv1", 0, size) for size in (64, 1500)} if agent.hypervisor.name == "hv2" else ()
        tell_probed(run, agent.hypervisor, lost=lost)


def test_frames_that_are_lost_stop_it(lab: Run, file: Run, two: list[FakeAgent]) -> None:
    path = file(TWO_HOSTS)
    with answering(two, losing):
        done = lab("deploy", path, "--wait")
        assert done.code == 3
        assert (
            f"{path}: nodes/lan: Frames of 64 and 1500 bytes without a tag are lost from hv1 "
            in done.err
        )
        assert "2 of 4 frames do not come through." in done.err
        assert Deployment.objects.get().state == "planned"
        told = lab("deploy", path, "--wait", "--json")
        assert (told.code, told.json["code"]) == (3, "preflight")
        assert told.json["findings"][0]["ref"] == "nodes/lan"


def test_despite_the_preflight(lab: Run, file: Run, two: list[FakeAgent]) -> None:
    with answering(two, losing):
        done = lab("deploy", file(TWO_HOSTS), "--wait", "--despite-preflight")
    assert (done.code, done.out) == (0, "Two hosts: done\n"), done.err
    assert "preflight: failed 2 of 4 frames do not come through." in done.err
