"""Checks: asked after a deployment in two steps, and who is waited for how long."""

from __future__ import annotations

import json
from typing import Any

from designer.deploy import reconcile
from designer.deploy.actions.mark_silent import mark_silent
from designer.deploy.models import CheckPart, Hypervisor
from designer.deploy.statuses import statuses_of
from designer.labs.models import Lab, Team, User
from designer.wire import read_controller_message, read_server_message
from tests.deploy.checks import answer, asked, detail, ids_of, overdue, run_of, shown
from tests.deploy.test_deploying import deployed
from tests.deploy.world import TWO_HOSTS, FakeAgent, bodies, make_lab


def test_a_deployment_ends_with_checks_in_two_steps(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = deployed(checked, alice, hv1, hv2)
    run = run_of(checked)
    assert (run.deployment, run.state, run.step) == (deployment, "running", "reach")
    assert (ids_of(asked(hv1)), ids_of(asked(hv2))) == (["reach"], ["back"])
    assert shown(checked) == dict.fromkeys(("reach", "back", "never"), "applying")
    assert detail(checked, "never") == "Waiting until what must be reached has answered."

    answer(hv1)
    assert asked(hv1) is None  # the other hypervisor's answer is waited for
    assert shown(checked) == {"reach": "ok", "back": "applying", "never": "applying"}
    answer(hv2, back="fail")
    assert ids_of(asked(hv1)) == ["never"]
    answer(hv1)
    assert shown(checked) == {"reach": "ok", "back": "failed", "never": "ok"}
    assert run_of(checked).state == "done"
    status = statuses_of(checked)["checks/never"]
    assert (status["hypervisor"], status["detail"]) == ("hv1", "About never.")
    assert status["facts"] == {
        "expect": "no-reach", "address": "10.0.0.99", "sent": 3, "received": 1, "rtt_ms": 0.25,
    }  # fmt: skip


def test_agents_and_browsers_understand_what_is_said(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        deployed(checked, alice, hv1, hv2)
    (word,) = (
        read_controller_message(text)
        for channel, text in (one for one in sent if isinstance(one, tuple))
        if channel == f"hypervisor.{hv1.hypervisor.pk}" and json.loads(text)["type"] == "check"
    )
    assert (word.run, word.lab) == (str(asked(hv1).pk), checked.tag)  # type: ignore[union-attr]
    (spec,) = word.checks
    assert (spec.id, spec.where, spec.address) == ("reach", "namespace", "10.0.0.2")
    answer(hv1)
    for body in bodies(checked, "status"):
        read_server_message(json.dumps({"type": "event", "seq": 1, "event": body}))


def test_an_agents_reports_leave_the_results_alone(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    status = {"state": "ok", "detail": "", "facts": {}}
    told = {"kind": "status", "lab": checked.tag, "complete": True}
    hv1.report({**told, "statuses": {"nodes/c1": status}})
    assert statuses_of(checked)["nodes/c1"]["state"] == "ok"
    hv1.report({**told, "statuses": {"checks/reach": {**status, "state": "failed"}}})
    assert shown(checked)["reach"] == "ok"
    assert "nodes/c1" not in statuses_of(checked)


def test_results_come_one_by_one(team: Team, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    text = TWO_HOSTS + "checks:\n  one: {source: c1, target: c2}\n  two: {source: c1, target: c2}\n"
    lab = make_lab(team, text)
    deployed(lab, alice, hv1, hv2)
    answer(hv1, complete=False, two="fail")
    assert shown(lab) == {"one": "applying", "two": "failed"}
    told = {"kind": "checked", "lab": lab.tag, "results": [], "complete": True}
    hv1.report({**told, "run": str(asked(hv1).pk)})  # type: ignore[union-attr]
    assert shown(lab) == {"one": "unknown", "two": "failed"}
    assert detail(lab, "one") == "hv1 did not say what came of it."
    assert run_of(lab).state == "done"


def test_silence_is_waited_for_no_longer_than_the_deadline(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    late = asked(hv2)
    answer(hv1)
    reconcile.sweep()
    assert run_of(checked).step == "reach"
    overdue()
    reconcile.sweep()
    assert shown(checked) == {"reach": "ok", "back": "unknown", "never": "applying"}
    assert detail(checked, "back") == "hv2 did not answer in time. Run the check again."
    assert ids_of(asked(hv1)) == ["never"]
    answer(hv2, part=late)  # too late: it counts no more
    assert shown(checked)["back"] == "unknown"


def test_each_answer_gives_time_for_the_next(
    team: Team, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    text = TWO_HOSTS + "checks:\n  one: {source: c1, target: c2}\n  two: {source: c1, target: c2}\n"
    lab = make_lab(team, text)
    deployed(lab, alice, hv1, hv2)
    overdue()
    answer(hv1, complete=False, one="pass")
    reconcile.sweep()
    assert shown(lab) == {"one": "ok", "two": "applying"}


def test_a_silent_hypervisor_is_not_waited_for(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    hv2.hypervisor.refresh_from_db()
    assert mark_silent(hv2.hypervisor)
    reconcile.sweep()
    assert shown(checked)["back"] == "unknown"
    assert ids_of(asked(hv1)) == ["never"]
    hv2.connect()
    assert (ids_of(asked(hv1)), ids_of(asked(hv2))) == ([], ["back"])
    answer(hv2)
    answer(hv1)
    assert shown(checked) == {"reach": "ok", "back": "ok", "never": "ok"}


def test_who_is_away_is_named(checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployed(checked, alice, hv1, hv2)
    Hypervisor.objects.filter(pk=hv2.hypervisor.pk).update(session=None)
    overdue()
    reconcile.sweep()
    words = "hv2 is not connected. Start its agent, then run the check again."
    assert detail(checked, "back") == words


def test_an_agent_that_comes_back_is_asked_again(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    deployed(checked, alice, hv1, hv2)
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        hv2.connect()
    (again,) = (json.loads(text) for _, text in sent if '"check"' in text)
    assert again["run"] == str(asked(hv2).pk)  # type: ignore[union-attr]


def test_a_forgotten_hypervisor_is_waited_for_no_longer(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    CheckPart.objects.filter(hypervisor=hv2.hypervisor).delete()
    answer(hv1)
    assert ids_of(asked(hv1)) == ["never"]
