"""Checks: asked after a deployment and on request, in two steps, answered as statuses."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from designer.deploy import checking, describe, reconcile
from designer.deploy.actions.mark_silent import mark_silent
from designer.deploy.actions.start_checks import start_checks
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict
from designer.deploy.models import CheckPart, CheckRun, Hypervisor, LabStatus
from designer.deploy.statuses import statuses_of
from designer.labs.actions.edit_lab import edit_lab
from designer.labs.actions.replace_document import replace_document
from designer.labs.errors import NotFound
from designer.labs.models import Audit, Lab, Team, User
from designer.topology import edits
from designer.wire import read_controller_message, read_server_message
from tests.deploy.test_deploying import deployed
from tests.deploy.world import TWO_HOSTS, FakeAgent, bodies, make_lab, now

CHECKS = """
checks:
  reach: {source: c1, target: c2}
  back: {source: c2, target: c1}
  never: {source: c1, target: c2, address: 10.0.0.99, expect: no-reach}
"""


@pytest.fixture
def checked(team: Team) -> Lab:
    """Two hosts, with checks between their containers."""
    return make_lab(team, TWO_HOSTS + CHECKS)


def shown(lab: Lab) -> dict[str, str]:
    """The checks' states, by id."""
    return {
        ref.removeprefix("checks/"): status["state"]
        for ref, status in statuses_of(lab).items()
        if ref.startswith("checks/")
    }


def detail(lab: Lab, id: str) -> str:
    words: str = statuses_of(lab)[f"checks/{id}"]["detail"]
    return words


def asked(agent: FakeAgent) -> CheckPart | None:
    """What the agent is asked at the moment."""
    return CheckPart.objects.filter(
        hypervisor=agent.hypervisor, run__state="running", done=False, deadline__isnull=False
    ).first()


def answer(agent: FakeAgent, *, part: CheckPart | None = None, complete: bool = True,
           **states: str) -> None:  # fmt: skip
    """As expected, but for the states that are given; with these alone where not complete."""
    part = part or asked(agent)
    assert part is not None
    ids = [one["id"] for one in part.specs if complete or one["id"] in states]
    told = {
        "kind": "checked",
        "run": str(part.pk),
        "lab": part.run.lab.tag,
        "results": [
            {
                "id": id,
                "state": states.get(id, "pass"),
                "detail": f"About {id}.",
                "sent": 3,
                "received": 1,
                "rtt_ms": 0.25,
            }
            for id in ids
        ],
        "complete": complete,
    }
    assert agent.report(told) is not None


def ids_of(part: CheckPart | None) -> list[str]:
    return [] if part is None else [one["id"] for one in part.specs]


def run_of(lab: Lab) -> CheckRun:
    return CheckRun.objects.filter(lab=lab).order_by("-created")[0]


def overdue() -> None:
    past = timezone.now() - timedelta(seconds=1)
    CheckPart.objects.filter(deadline__isnull=False, done=False).update(deadline=past)


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


def test_on_request_all_or_some(checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    answer(hv2)
    answer(hv1)
    run = start_checks(checked, alice, ["never"])
    assert (run.step, ids_of(asked(hv1)), asked(hv2)) == ("no-reach", ["never"], None)
    assert shown(checked) == {"reach": "ok", "back": "ok", "never": "applying"}
    answer(hv1, never="fail")
    assert set(describe.check_run(run)["results"]) == {"checks/never"}
    again = start_checks(checked, alice)
    assert (ids_of(asked(hv1)), ids_of(asked(hv2))) == (["reach"], ["back"])
    assert Audit.objects.filter(action="checks.start", actor=alice).count() == 2
    assert CheckRun.objects.filter(state="running").get() == again


def test_asking_in_the_middle_keeps_what_is_open(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    deployed(checked, alice, hv1, hv2)
    first = asked(hv2)
    assert first is not None
    answer(hv1)
    with django_capture_on_commit_callbacks(execute=True):
        start_checks(checked, alice, ["reach"])
    assert f'{{"type": "forget", "run": "{first.pk}"}}' in [text for _, text in sent[-4:]]
    assert (ids_of(asked(hv1)), ids_of(asked(hv2))) == (["reach"], ["back"])
    answer(hv2, part=first, back="fail")  # of the run that was stopped
    assert shown(checked)["back"] == "applying"


def test_what_cannot_be_asked_is_said(checked: Lab, lab: Lab, alice: User, hv1: FakeAgent,
                                      hv2: FakeAgent) -> None:  # fmt: skip
    with pytest.raises(Conflict, match="No checks are drawn"):
        start_checks(lab, alice)
    with pytest.raises(Conflict, match="The lab is not deployed"):
        start_checks(checked, alice)
    with pytest.raises(NotFound):
        start_checks(checked, alice, ["nothing"])
    deployment = start_deployment(checked, alice, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.finish(deployment)
    with pytest.raises(Conflict, match=r"is not deployed|A deployment is under way"):
        start_checks(checked, alice)


def test_what_must_reach_over_a_pulled_cable_alone_is_not_asked(
    team: Team, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    text = (TWO_HOSTS + CHECKS).replace("b: br2:p1}", "b: br2:p1, plugged: false}")
    lab = make_lab(team, text)
    deployed(lab, alice, hv1, hv2)
    words = "The cable l2 is unplugged, and there is no other way. Plug in, deploy, run it again."
    assert run_of(lab).left_out == {"reach": words, "back": words}
    assert ids_of(asked(hv1)) == ["never"]


LEASED = """
trunkline: 1
name: A VM with a lease
nodes:
  h1: {kind: host}
  net: {kind: network, host: h1, addresses: [10.9.0.1/24]}
  c1: {kind: container, host: h1}
  vm1: {kind: vm, host: h1, kernel: tiny.vmlinuz}
interfaces:
  net:p1: {node: net}
  net:p2: {node: net}
  c1:eth0: {node: c1, addresses: [10.9.0.2/24]}
  vm1:eth0: {node: vm1}
links:
  c1~net: {a: c1:eth0, b: net:p1}
  vm1~net: {a: vm1:eth0, b: net:p2}
checks:
  reach: {source: c1, target: vm1}
  web: {source: c1, target: vm1, port: 80, within: 9}
  other: {source: vm1, target: c1}
"""


def test_a_vm_with_nothing_but_a_lease_is_asked_once_it_has_one(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    lab = make_lab(team, LEASED)
    deployed(lab, alice, hv1)
    assert ids_of(asked(hv1)) == ["other"]
    assert shown(lab) == {"reach": "unknown", "web": "unknown", "other": "applying"}
    assert detail(lab, "reach") == "vm1 has no lease yet. It is asked as soon as it has one."
    answer(hv1)

    def told(*leases: str) -> None:
        status = {"state": "ok", "detail": "", "facts": {"leases": list(leases)} if leases else {}}
        event = {"kind": "status", "lab": lab.tag, "complete": False}
        assert hv1.report({**event, "statuses": {"nodes/vm1": status}}) is not None

    told()
    assert asked(hv1) is None
    told("10.9.0.57/24")
    part = asked(hv1)
    assert part is not None
    specs = {one["id"]: (one["address"], one["port"]) for one in part.specs}
    assert specs == {"reach": ("10.9.0.57", None), "web": ("10.9.0.57", 80)}
    answer(hv1)
    assert set(shown(lab).values()) == {"ok"}
    told("10.9.0.57/24", "fd00::57/64")
    assert asked(hv1) is None  # they have their answers


def test_a_check_can_be_drawn_beside_a_running_lab(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    text = (TWO_HOSTS + CHECKS).replace("nodes:\n", "nodes:\n  c9: {kind: container, host: h1}\n")
    text += "  new: {source: c2, target: c1}\n  later: {source: c9, target: c1}\n"
    # Its address has changed in the drawing, and not on the machine.
    text = text.replace("10.0.0.1/24", "10.0.0.77/24")
    replace_document(checked, author=alice, text=text, base=0)
    run = start_checks(checked, alice, ["new", "later"])
    part = asked(hv2)
    assert part is not None
    assert {one["id"]: one["address"] for one in part.specs}["new"] == "10.0.0.1"
    assert run.left_out == {"later": "c9 is not deployed yet. Deploy the lab, then run the check."}


def test_what_came_of_a_check_goes_with_it(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    before = make_edit(checked, "reach", within=5)
    edit_lab(checked, author=alice, edit_id="1", base=0, edit=before)
    assert set(shown(checked)) == {"back", "never"}
    assert bodies(checked, "status")[-1]["changes"] == {"checks/reach": None}
    label = make_edit(checked, "back", label="Home")
    edit_lab(checked, author=alice, edit_id="2", base=1, edit=label)
    assert set(shown(checked)) == {"back", "never"}  # what it asks is the same
    gone = TWO_HOSTS + "checks:\n  reach: {source: c1, target: c2, within: 5}\n"
    replace_document(checked, author=alice, text=gone, base=2)
    assert shown(checked) == {}
    answer(hv1)  # what was asked before is answered, of a check that is gone
    assert shown(checked) == {}


def make_edit(lab: Lab, id: str, **changes: Any) -> edits.Edit:
    defaults = {"within": 120, "label": ""}
    fields = {name: [defaults[name], value] for name, value in changes.items()}
    return {"checks": {"changed": {id: fields}}}


def test_destroying_takes_the_results_along(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    destroying = start_deployment(checked, alice, kind="destroy")
    hv1.plan(destroying)
    assert run_of(checked).state == "stopped"
    hv2.plan(destroying)
    hv1.finish(destroying)
    hv2.finish(destroying)
    assert now(destroying).state == "done"
    assert not LabStatus.objects.filter(lab=checked).exists()


def test_a_new_deployment_stops_the_checks_and_ends_with_new_ones(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    first = deployed(checked, alice, hv1, hv2)
    second = start_deployment(checked, alice, kind="deploy")
    hv1.plan(second)
    assert run_of(checked).state == "running"
    hv2.plan(second)
    assert (run_of(checked).state, run_of(checked).deployment) == ("stopped", first)
    assert set(shown(checked).values()) == {"unknown"}
    hv1.finish(second)
    hv2.finish(second)
    assert (run_of(checked).state, run_of(checked).deployment) == ("running", second)


def test_what_was_put_back_is_checked_as_it_was(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    text = (TWO_HOSTS + CHECKS).replace("10.0.0.2/24", "10.0.0.3/24")
    replace_document(checked, author=alice, text=text, base=0)
    failing = start_deployment(checked, alice, kind="deploy")
    hv1.plan(failing)
    hv2.plan(failing)
    hv1.finish(failing)
    hv2.finish(failing, "undone")
    hv1.finish(failing)
    assert now(failing).state == "failed"
    part = asked(hv1)
    assert part is not None
    assert part.specs[0]["address"] == "10.0.0.2"


def test_a_silent_hypervisor_makes_results_unknown(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    hv1.hypervisor.refresh_from_db()
    assert mark_silent(hv1.hypervisor)
    assert shown(checked)["reach"] == "unknown"
    assert "has not been heard of since" in detail(checked, "reach")


def test_what_silence_made_unknown_is_asked_again(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    answer(hv2)
    answer(hv1, never="fail")
    hv1.hypervisor.refresh_from_db()
    assert mark_silent(hv1.hypervisor)
    assert shown(checked) == {"reach": "unknown", "back": "ok", "never": "unknown"}
    hv1.connect()
    assert shown(checked) == {"reach": "applying", "back": "ok", "never": "applying"}
    answer(hv1)
    answer(hv1)
    assert shown(checked) == {"reach": "ok", "back": "ok", "never": "ok"}


def test_of_another_hypervisors_checks_nothing_can_be_said(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv2, part=asked(hv1), reach="fail")
    assert shown(checked)["reach"] == "applying"
    told = {"kind": "checked", "lab": checked.tag, "complete": True}
    result = {"id": "reach", "state": "fail"}
    hv2.report({**told, "run": str(uuid4()), "results": [result]})
    hv2.report({**told, "run": "no-uuid", "results": [result]})
    hv2.report({**told, "run": str(asked(hv2).pk), "results": [result]})  # type: ignore[union-attr]
    assert shown(checked) == {"reach": "applying", "back": "unknown", "never": "applying"}


def test_checks_that_cannot_be_made_keep_no_deployment_from_ending(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(checking, "checkable", broken)
    deployed(checked, alice, hv1, hv2)
    assert "were not begun" in caplog.text
    assert not CheckRun.objects.exists()


def test_a_moved_source_is_known_at_its_new_place_only(
    team: Team, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    lab = make_lab(team, TWO_HOSTS + CHECKS)
    deployed(lab, alice, hv1, hv2)
    moved = (TWO_HOSTS + CHECKS).replace(
        "reach: {source: c1, target: c2}", "reach: {source: c2, target: c1}"
    )
    replace_document(lab, author=alice, text=moved, base=0)
    start_checks(lab, alice)
    rows = LabStatus.objects.filter(lab=lab, ref="checks/reach")
    assert [one.hypervisor_id for one in rows] == [hv2.hypervisor.pk]


def test_old_runs_go(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "KEPT", 2)
    deployed(checked, alice, hv1, hv2)
    for _ in range(3):
        run = start_checks(checked, alice, ["reach"])
    assert CheckRun.objects.filter(lab=checked).count() == 2
    assert run_of(checked) == run
