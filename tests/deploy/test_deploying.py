"""A deployment from start to end, as its agents report it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from designer import files
from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.cancel_deployment import cancel_deployment
from designer.deploy.actions.forget_hypervisor import forget_hypervisor
from designer.deploy.actions.place import place
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict
from designer.deploy.models import Claim, Deployment, Footprint, Part
from designer.labs.actions.delete_lab import delete_lab
from designer.labs.actions.replace_document import replace_document
from designer.labs.errors import Refused
from designer.labs.models import Lab, User
from designer.wire import read_controller_message, state_from_json
from tests.deploy.world import ONE_HOST, FakeAgent, bodies, now, states


def deployed(lab: Lab, by: User, *agents: FakeAgent) -> Deployment:
    """All the way to done."""
    deployment = start_deployment(lab, by, kind="deploy")
    for agent in agents:
        agent.plan(deployment)
    for agent in agents:
        agent.finish(deployment)
    assert now(deployment).state == "done"
    return deployment


def test_one_click_plans_applies_and_is_done(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(lab, alice, kind="deploy")
    assert (now(deployment).state, states(deployment)) == ("planning", {"hv1": "waiting"})

    hv1.plan(deployment)
    assert (now(deployment).state, states(deployment)) == ("applying", {"hv1": "applying"})

    hv1.finish(deployment)
    assert (now(deployment).state, states(deployment)) == ("done", {"hv1": "applied"})
    footprint = Footprint.objects.get(lab=lab)
    assert {one.owner for one in state_from_json(footprint.resources)} == {lab.tag}
    shown = [body["deployment"]["state"] for body in bodies(lab, "deployment")]
    assert shown[0] == "planning"
    assert shown[-1] == "done"


def test_a_job_is_a_message_that_an_agent_takes(wide: Lab, alice: User, hv1: FakeAgent,
                                                hv2: FakeAgent) -> None:  # fmt: skip
    deployment = start_deployment(wide, alice, kind="deploy")
    job = hv2.job(deployment)
    told = json.dumps({"type": "desired", "request": "1", "job": job})
    assert read_controller_message(told).job.lab == wide.tag
    assert ["cable", "interfaces/c2:eth0"] in [key for key, _ in job["origins"]]


def test_every_phase_is_a_new_number(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(lab, alice, kind="deploy")
    first = hv1.part(deployment).generation
    hv1.plan(deployment)
    assert hv1.part(deployment).generation > first
    assert hv1.job(deployment)["phase"] == "apply"


def test_nothing_is_called_before_everything_is_written(
    lab: Lab, alice: User, hv1: FakeAgent, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        start_deployment(lab, alice, kind="deploy")
        assert not any(isinstance(one, Part) for one in sent)
    for callback in callbacks:
        callback()
    assert [one.hypervisor.name for one in sent if isinstance(one, Part)] == ["hv1"]


def test_all_are_planned_before_any_applies(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment)
    assert states(deployment) == {"hv1": "planned", "hv2": "waiting"}
    hv2.plan(deployment)
    assert states(deployment) == {"hv1": "applying", "hv2": "applying"}


def test_a_refused_plan_ends_it_before_anything_is_touched(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment)
    refusal = {
        "code": "foreign",
        "ref": "nodes/br2",
        "key": ["link", "", "brright"],
        "message": "A bridge brright that is not ours stands there.",
        "allowed": "Choose another name.",
    }
    hv2.plan(deployment, refusals=[refusal])
    assert now(deployment).state == "failed"
    assert now(deployment).message == (
        "Nothing was changed. hv2: A bridge brright that is not ours stands there. "
        "Choose another name."
    )
    assert states(deployment) == {"hv1": "undone", "hv2": "refused"}
    assert (hv2.part(deployment).failure or {})["ref"] == "nodes/br2"
    assert not Footprint.objects.exists()
    assert not Claim.objects.exists()


def test_a_plan_stops_at_planned_and_is_applied_on_demand(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployment = start_deployment(lab, alice, kind="plan")
    hv1.plan(deployment)
    assert now(deployment).state == "planned"
    assert not hv1.assignments()
    fingerprint = hv1.part(deployment).fingerprint

    apply_deployment(deployment, alice)
    assert now(deployment).kind == "deploy"
    assert hv1.job(deployment)["fingerprint"] == fingerprint
    hv1.finish(deployment)
    assert now(deployment).state == "done"


def test_a_plan_of_an_older_revision_is_stale(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(lab, alice, kind="plan")
    hv1.plan(deployment)
    changed = ONE_HOST.replace("10.0.0.1/24", "10.0.0.9/24")
    replace_document(lab, author=alice, text=changed, base=0)
    with pytest.raises(Conflict) as error:
        apply_deployment(deployment, alice)
    assert error.value.code == "stale-plan"
    assert error.value.message == (
        "Stale plan: it was made from revision 0, and the design is at revision 1 by now. "
        "Plan again."
    )
    assert now(deployment).state == "planned"


def test_a_machine_that_moved_on_makes_the_plan_stale(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployment = start_deployment(lab, alice, kind="plan")
    hv1.plan(deployment)
    apply_deployment(deployment, alice)
    hv1.finish(deployment, "stale-plan")
    assert (now(deployment).state, states(deployment)) == ("failed", {"hv1": "stale"})
    assert not Footprint.objects.exists()


def test_one_that_fails_puts_the_other_back(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.finish(deployment)
    failure = {
        "ref": "links/l4",
        "key": ["link", "", "brright"],
        "words": "RTNETLINK answers: No space left on device",
        "advice": "Free some.",
    }
    hv2.finish(deployment, "undone", message="", failure=failure)
    assert now(deployment).state == "applying"
    assert now(deployment).ending == "failed"
    job = hv1.job(deployment)
    assert (job["phase"], job["resources"]) == ("destroy", [])  # nothing was there before

    hv1.finish(deployment)
    assert now(deployment).state == "failed"
    assert states(deployment) == {"hv1": "undone", "hv2": "undone"}
    assert now(deployment).message == (
        "hv2: RTNETLINK answers: No space left on device Free some. hv1 is as it was before."
    )
    assert hv2.part(deployment).failure == failure
    assert not Footprint.objects.exists()
    assert not Claim.objects.exists()


def test_putting_back_leads_to_what_was_deployed_before(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    before = Footprint.objects.get(lab=wide, hypervisor=hv1.hypervisor)
    assert before.resources
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.finish(deployment)
    hv2.finish(deployment, "failed")
    assert hv1.job(deployment)["resources"] == before.resources
    assert hv1.job(deployment)["phase"] == "apply"
    assert hv1.job(deployment)["putting_back"]
    hv1.finish(deployment)
    hv2.finish(deployment)
    assert states(deployment) == {"hv1": "undone", "hv2": "failed"}
    assert Footprint.objects.get(pk=before.pk).resources == before.resources
    assert Footprint.objects.count() == 2
    assert Claim.objects.exists()


def test_what_cannot_be_put_back_is_said(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.finish(deployment)
    hv2.finish(deployment, "undone")
    hv1.finish(deployment, "failed", message="The kernel says no.")
    assert now(deployment).state == "failed"
    assert "hv1 could not be put back: The kernel says no." in now(deployment).message
    assert [one.hypervisor.name for one in Footprint.objects.all()] == ["hv1"]


def test_cancel_while_planning_changes_nothing(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(lab, alice, kind="deploy")
    cancel_deployment(deployment, alice)
    assert now(deployment).state == "cancelled"
    assert hv1.fetch(deployment) is None
    assert cancel_deployment(deployment, alice).state == "cancelled"
    assert not Claim.objects.exists()


def test_cancel_while_applying_puts_back(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.fetch(deployment)  # at work; hv2 has not begun
    old = hv1.named(deployment)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_deployment(deployment, alice)
    words = [text for channel, text in (one for one in sent if isinstance(one, tuple))]
    assert [one for one in words if '"cancel"' in one and str(old["generation"]) in one]
    assert states(deployment) == {"hv1": "applying", "hv2": "undone"}
    hv1.report({"kind": "finished", **old, "outcome": "undone", "message": "", "failure": None,
                "seconds": 0.0, "writes": 0})  # fmt: skip
    assert states(deployment)["hv1"] == "applying"  # the old number counts no more
    hv1.finish(deployment)
    assert now(deployment).state == "cancelled"
    assert not Footprint.objects.exists()
    assert not Claim.objects.exists()


def test_destroy_reaches_every_hypervisor_that_the_lab_was_on(
    lab: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(lab, alice, hv1)
    place(lab, alice, {"h1": hv2.hypervisor.pk})
    deployment = start_deployment(lab, alice, kind="deploy")
    assert states(deployment) == {"hv1": "waiting", "hv2": "waiting"}
    hv1.plan(deployment)
    hv2.plan(deployment)
    assert hv1.job(deployment)["phase"] == "destroy"
    assert hv2.job(deployment)["phase"] == "apply"
    hv2.finish(deployment)
    hv1.finish(deployment)
    assert [one.hypervisor.name for one in Footprint.objects.all()] == ["hv2"]
    assert {one.hypervisor_id for one in Claim.objects.all()} == {hv2.hypervisor.pk}

    destroying = start_deployment(lab, alice, kind="destroy")
    assert states(destroying) == {"hv2": "waiting"}
    hv2.plan(destroying)
    hv2.finish(destroying)
    assert now(destroying).state == "done"
    assert not Footprint.objects.exists()
    assert not Claim.objects.exists()


def test_destroying_nothing_is_done_at_once(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(lab, alice, kind="destroy")
    assert now(deployment).state == "done"
    assert "nothing" in now(deployment).message


def test_two_deploys_at_once_one_wins(lab: Lab, alice: User, bob: User, hv1: FakeAgent) -> None:
    start_deployment(lab, alice, kind="deploy")
    with pytest.raises(Conflict) as error:
        start_deployment(lab, bob, kind="deploy")
    assert error.value.code == "deploying"
    assert error.value.message == (
        "Revision 0 is being deployed by alice. Wait for its end, or cancel it."
    )
    assert Deployment.objects.count() == 1


def test_a_plan_gives_way(lab: Lab, alice: User, bob: User, hv1: FakeAgent) -> None:
    plan = start_deployment(lab, alice, kind="plan")
    deployment = start_deployment(lab, bob, kind="deploy")
    assert now(plan).state == "cancelled"
    assert now(deployment).state == "planning"


def test_destroy_while_deploying_wins_once(
    lab: Lab, alice: User, bob: User, hv1: FakeAgent
) -> None:
    deploying = start_deployment(lab, alice, kind="deploy")
    hv1.plan(deploying)
    hv1.fetch(deploying)
    old = hv1.named(deploying)
    destroying = start_deployment(lab, bob, kind="destroy")
    assert now(deploying).state == "cancelled"
    assert now(deploying).message == "Overtaken: bob destroys the lab."
    with pytest.raises(Conflict) as error:
        start_deployment(lab, alice, kind="destroy")
    assert error.value.code == "destroying"
    hv1.report({"kind": "finished", **old, "outcome": "applied", "message": "", "failure": None,
                "seconds": 0.0, "writes": 0})  # fmt: skip
    assert now(deploying).state == "cancelled"
    hv1.plan(destroying)
    hv1.finish(destroying)
    assert now(destroying).state == "done"
    assert not Footprint.objects.exists()
    assert not Claim.objects.exists()


def test_destroy_goes_on_where_one_fails(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    destroying = start_deployment(wide, alice, kind="destroy")
    hv1.plan(destroying)
    hv2.plan(destroying)
    hv1.finish(destroying, "failed", message="Device or resource busy")
    assert now(destroying).state == "applying"
    hv2.finish(destroying)
    assert now(destroying).state == "failed"
    assert [one.hypervisor.name for one in Footprint.objects.all()] == ["hv1"]
    with pytest.raises(Refused, match=r"The lab stands on hv1\. Destroy it first\."):
        delete_lab(wide, author=alice)


def test_a_hypervisor_that_does_not_answer_keeps_nothing_alive_elsewhere(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    destroying = start_deployment(wide, alice, kind="destroy")
    hv1.plan(destroying)
    assert states(destroying) == {"hv1": "applying", "hv2": "waiting"}
    hv1.finish(destroying)
    assert now(destroying).state == "applying"

    cancel_deployment(destroying, alice)
    assert now(destroying).state == "cancelled"
    assert now(destroying).message == (
        "hv2: Cancelled by alice. Not reached: what stood here stands."
    )
    assert hv2.fetch(destroying) is None
    assert [one.hypervisor.name for one in Footprint.objects.all()] == ["hv2"]
    assert Claim.objects.exists()

    again = start_deployment(wide, alice, kind="destroy")
    assert states(again) == {"hv2": "waiting"}
    hv2.plan(again)
    hv2.finish(again)
    assert now(again).state == "done"
    assert not Claim.objects.exists()


def test_a_destroy_that_is_refused_on_one_goes_on_on_the_other(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    destroying = start_deployment(wide, alice, kind="destroy")
    refusal = {"code": "foreign", "ref": None, "key": ["link", "", "brleft"],
               "message": "It is not ours.", "allowed": "Remove it by hand."}  # fmt: skip
    hv1.plan(destroying, refusals=[refusal])
    hv2.plan(destroying)
    hv2.finish(destroying)
    assert now(destroying).state == "failed"
    assert now(destroying).message == "hv1: It is not ours. Remove it by hand."
    assert [one.hypervisor.name for one in Footprint.objects.all()] == ["hv1"]


def test_a_forgotten_hypervisor_is_waited_for_no_longer(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    destroying = start_deployment(wide, alice, kind="destroy")
    hv1.plan(destroying)
    hv1.finish(destroying)
    forget_hypervisor(hv2.hypervisor, alice, force=True)
    assert now(destroying).state == "done"
    assert not Footprint.objects.exists()
    assert not Claim.objects.exists()


def test_what_an_overtaken_deploy_left_is_not_forgotten(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    first = start_deployment(lab, alice, kind="deploy")
    hv1.plan(first)
    hv1.job(first)  # at work when it is overtaken
    destroying = start_deployment(lab, alice, kind="destroy")
    hv1.plan(destroying)
    hv1.finish(destroying, "failed")
    second = start_deployment(lab, alice, kind="deploy")
    hv1.plan(second)
    hv1.finish(second, "stale-plan")
    assert now(second).state == "failed"
    assert Footprint.objects.exists(), "something of the first may still stand there"


def test_a_draft_is_planned_and_never_applied(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    draft = files.load(ONE_HOST.replace("10.0.0.1/24", "10.0.0.9/24"))
    deployment = start_deployment(lab, alice, kind="plan", draft=draft)
    assert not bodies(lab, "deployment")
    job = hv1.job(deployment)
    assert any(one.get("address") == "10.0.0.9/24" for one in job["resources"])
    hv1.plan(deployment)
    with pytest.raises(Conflict, match="the plan of a file"):
        apply_deployment(deployment, alice)
