"""Preflights: between the plan and its carrying out, and by themselves."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from designer.deploy import probing, reconcile
from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.cancel_deployment import cancel_deployment
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.actions.start_preflight import start_preflight
from designer.deploy.errors import Conflict
from designer.deploy.models import Deployment, ProbeRun
from designer.labs.models import Audit, Lab, User
from designer.wire import read_controller_message, read_server_message
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, Heard, bodies, now, states, tell_probed

Words = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def by_hand(hv1: FakeAgent, hv2: FakeAgent) -> None:
    """Here the tests tell what was heard."""
    hv1.probes_pass = hv2.probes_pass = False


def planned(lab: Lab, by: User, *agents: FakeAgent, **how: Any) -> Deployment:
    deployment = start_deployment(lab, by, kind="deploy", **how)
    for agent in agents:
        agent.plan(deployment)
    return deployment


def run_of(deployment: Deployment) -> ProbeRun:
    return ProbeRun.objects.get(deployment=deployment)


def shown(lab: Lab) -> dict[str, Any]:
    last: dict[str, Any] = bodies(lab, "deployment")[-1]["deployment"]
    return last


def all_of(sender: FakeAgent, run: ProbeRun) -> set[Heard]:
    part = run.parts.get(hypervisor=sender.hypervisor)
    return {
        (sender.hypervisor.name, vlan, size)
        for probe in part.probes
        for vlan in probe["vlans"]
        for size in probe["sizes"]
    }


def overdue(run: ProbeRun) -> None:
    ProbeRun.objects.filter(pk=run.pk).update(deadline=timezone.now() - timedelta(seconds=1))


def test_what_passes_is_tried_before_anything_is_applied(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = planned(wide, alice, hv1, hv2)
    assert states(deployment) == {"hv1": "planned", "hv2": "planned"}
    assert shown(wide)["preflight"]["state"] == "running"
    assert {cell["passed"] for cell in shown(wide)["preflight"]["cells"]} == {None}

    run = run_of(deployment)
    tell_probed(run, hv1.hypervisor)
    assert now(deployment).state == "planned"
    tell_probed(run, hv2.hypervisor)
    assert states(deployment) == {"hv1": "applying", "hv2": "applying"}
    told = shown(wide)["preflight"]
    assert (told["state"], told["findings"]) == ("passed", [])
    assert {cell["passed"] for cell in told["cells"]} == {True}
    assert {(cell["sender"], cell["receiver"]) for cell in told["cells"]} == {
        ("hv1", "hv2"), ("hv2", "hv1"),
    }  # fmt: skip


def test_agents_and_browsers_understand_what_is_said(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, sent: Words,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        deployment = planned(wide, alice, hv1, hv2)
    words = {
        channel: text for channel, text in (one for one in sent if isinstance(one, tuple))
        if '"probe"' in text
    }  # fmt: skip
    word = read_controller_message(words[f"hypervisor.{hv1.hypervisor.pk}"])
    assert (word.type, word.me, word.peers) == ("probe", "hv1", ["hv2"])
    assert word.run == str(run_of(deployment).pk)
    assert word.probes[0].nic == "eth1"
    for body in bodies(wide, "deployment"):
        read_server_message(json.dumps({"type": "event", "seq": 1, "event": body}))


def test_what_is_lost_keeps_the_plan_waiting_for_a_person(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = planned(wide, alice, hv1, hv2)
    run = run_of(deployment)
    tell_probed(run, hv1.hypervisor, lost=all_of(hv2, run))
    tell_probed(run, hv2.hypervisor)
    told = shown(wide)
    assert (told["state"], told["auto"]) == ("planned", False)
    assert told["message"].startswith("Nothing was changed: frames are lost")
    assert told["preflight"]["state"] == "failed"
    (finding,) = told["preflight"]["findings"]
    assert finding["ref"] == "nodes/lan"
    assert "from hv2 (eth1) to hv1 (eth1)" in finding["message"]
    assert not hv1.assignments()

    apply_deployment(deployment, alice)
    assert hv1.job(deployment)["phase"] == "apply"
    assert (now(deployment).state, now(deployment).message) == ("applying", "")


def test_after_a_failed_preflight_one_may_deploy_again(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    first = planned(wide, alice, hv1, hv2)
    run = run_of(first)
    tell_probed(run, hv1.hypervisor, lost=all_of(hv2, run))
    tell_probed(run, hv2.hypervisor)
    again = planned(wide, alice, hv1, hv2)
    assert now(first).state == "cancelled"
    assert run_of(again).state == "running"


def test_despite_the_preflight(wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployment = planned(wide, alice, hv1, hv2, despite_preflight=True)
    run = run_of(deployment)
    tell_probed(run, hv1.hypervisor, lost=all_of(hv2, run))
    tell_probed(run, hv2.hypervisor)
    assert now(deployment).state == "applying"
    assert shown(wide)["preflight"]["state"] == "failed"


def test_what_cannot_be_tried_keeps_nobody_waiting(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = planned(wide, alice, hv1, hv2)
    run = run_of(deployment)
    tell_probed(run, hv1.hypervisor, tried=False, error="eth1 is down.")
    tell_probed(run, hv2.hypervisor, lost=all_of(hv1, run))
    assert now(deployment).state == "applying"
    told = shown(wide)["preflight"]
    assert told["state"] == "unknown"
    assert "hv1 at lan: eth1 is down." in told["message"]


def test_silence_is_waited_for_no_longer_than_the_deadline(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = planned(wide, alice, hv1, hv2)
    run = run_of(deployment)
    tell_probed(run, hv1.hypervisor)
    reconcile.sweep()
    assert now(deployment).state == "planned"
    overdue(run)
    reconcile.sweep()
    assert now(deployment).state == "applying"
    told = shown(wide)["preflight"]
    assert told["state"] == "unknown"
    assert "hv2 did not tell what it heard." in told["message"]
    tell_probed(run, hv2.hypervisor)  # too late, and no harm
    assert run_of(deployment).state == "unknown"


def test_apply_does_not_wait_for_it(wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployment = planned(wide, alice, hv1, hv2)
    apply_deployment(deployment, alice)
    assert now(deployment).state == "applying"
    assert run_of(deployment).message == "The deployment went on without waiting for it."


def test_cancelling_ends_it(wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployment = planned(wide, alice, hv1, hv2)
    cancel_deployment(deployment, alice)
    assert now(deployment).state == "cancelled"
    tell_probed(run_of(deployment), hv1.hypervisor)
    assert run_of(deployment).state == "unknown"
    assert now(deployment).state == "cancelled"


def test_a_preview_shows_the_table_too(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="plan")
    hv1.plan(deployment)
    hv2.plan(deployment)
    run = run_of(deployment)
    tell_probed(run, hv1.hypervisor)
    tell_probed(run, hv2.hypervisor)
    assert (now(deployment).state, shown(wide)["preflight"]["state"]) == ("planned", "passed")


def test_none_where_no_segment_lies_between(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    assert not ProbeRun.objects.exists()
    assert shown(lab)["preflight"] is None
    with pytest.raises(Conflict, match="no segment of the design lies between two"):
        start_preflight(lab, alice)


def test_none_where_there_is_nothing_to_do(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment, operations=[])
    hv2.plan(deployment, operations=[])
    assert now(deployment).state == "applying"
    assert shown(wide)["preflight"] is None


def test_by_itself_it_deploys_nothing(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    run = start_preflight(wide, alice)
    assert start_preflight(wide, alice).pk == run.pk  # it goes on already
    tell_probed(run, hv1.hypervisor)
    tell_probed(run, hv2.hypervisor)
    run.refresh_from_db()
    assert (run.state, run.deployment) == ("passed", None)
    assert not Deployment.objects.exists()
    assert Audit.objects.filter(action="preflight.start", actor=alice).exists()


def test_another_hypervisor_has_no_say(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    run = start_preflight(wide, alice)
    nic = {"segment": "lan", "nic": "eth1", "heard": [["hv2", 0, 64], ["hv9", 0, 64]]}
    foreign = {"segment": "other", "nic": "eth1", "heard": []}
    told = {"kind": "probed", "run": str(run.pk), "lab": wide.tag, "nics": [nic, foreign]}
    hv1.report(told)
    hv1.report({**told, "nics": []})  # its first word counts
    run.refresh_from_db()
    assert run.state == "running"
    part = run.parts.get(hypervisor=hv1.hypervisor)
    assert [one["segment"] for one in part.nics or ()] == ["lan"]
    tell_probed(run, hv2.hypervisor)
    run.refresh_from_db()
    assert {cell["sender"] for cell in run.cells} == {"hv1", "hv2"}


def test_old_ones_go(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "KEPT", 2)
    for _ in range(4):
        run = start_preflight(wide, alice)
        overdue(run)
        reconcile.sweep()
    assert ProbeRun.objects.count() == 2
    assert ProbeRun.objects.filter(pk=run.pk).exists()
