"""What comes of the results: with edits, deployments, and hypervisors that fall silent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from designer.deploy import checking
from designer.deploy.actions.mark_silent import mark_silent
from designer.deploy.actions.start_checks import start_checks
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import CheckRun, LabStatus
from designer.labs.actions.edit_lab import edit_lab
from designer.labs.actions.replace_document import replace_document
from designer.labs.models import Lab, Team, User
from designer.topology import edits
from tests.deploy.checks import CHECKS, answer, asked, detail, run_of, shown
from tests.deploy.test_deploying import deployed
from tests.deploy.world import TWO_HOSTS, FakeAgent, bodies, make_lab, now


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
