"""A deployment that finds everything as it is wanted: nobody is asked to carry out nothing."""

from __future__ import annotations

from uuid import uuid4

from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Deployment, Footprint
from designer.labs.actions.replace_document import replace_document
from designer.labs.models import Lab, User
from tests.deploy.test_deploying import deployed
from tests.deploy.world import ONE_HOST, FakeAgent, now, states


def again(lab: Lab, by: User, *agents: FakeAgent) -> Deployment:
    """Planned, with nothing to do."""
    deployment = start_deployment(lab, by, kind="deploy")
    for agent in agents:
        agent.plan(deployment, operations=[])
    return deployment


def test_what_stands_already_is_not_applied_again(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    before = Footprint.objects.get(lab=lab)
    deployment = again(lab, alice, hv1)
    assert (now(deployment).state, states(deployment)) == ("done", {"hv1": "applied"})
    assert not hv1.assignments()
    part = hv1.part(deployment)
    assert (part.writes, part.seconds, part.message) == (0, 0.0, "")
    after = Footprint.objects.get(lab=lab)
    assert (after.resources, after.generation) == (before.resources, before.generation)


def test_an_agent_that_started_anew_is_asked_all_the_same(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployed(lab, alice, hv1)
    hv1.boot = uuid4().hex
    hv1.connect()
    deployment = again(lab, alice, hv1)
    assert hv1.job(deployment)["phase"] == "apply"
    hv1.finish(deployment)
    assert now(deployment).state == "done"
    assert now(again(lab, alice, hv1)).state == "done"


def test_what_is_drawn_otherwise_is_told_to_the_agent(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployed(lab, alice, hv1)
    text = ONE_HOST.replace("10.0.0.1/24", "10.0.0.9/24")
    replace_document(lab, author=alice, text=text, base=0)
    deployment = again(lab, alice, hv1)  # someone has set the address by hand
    assert hv1.job(deployment)["phase"] == "apply"


def test_a_plan_that_a_person_applies_is_looked_at_again(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployed(lab, alice, hv1)
    plan = start_deployment(lab, alice, kind="plan")
    hv1.plan(plan, operations=[])
    apply_deployment(plan, alice)
    assert hv1.job(plan)["fingerprint"]


def test_one_of_two_has_something_to_do(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    deployment = start_deployment(wide, alice, kind="deploy")
    hv1.plan(deployment, operations=[])
    hv2.plan(deployment)
    assert states(deployment) == {"hv1": "applied", "hv2": "applying"}
    hv2.finish(deployment, "undone")
    hv1.finish(deployment)  # it is led back to what it has, which is as good
    assert (now(deployment).state, states(deployment)) == (
        "failed",
        {"hv1": "undone", "hv2": "undone"},
    )
    assert Footprint.objects.filter(lab=wide, generation__gt=0).count() == 2


def test_destroying_nothing_is_still_a_job(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    destroying = start_deployment(lab, alice, kind="destroy")
    hv1.plan(destroying, operations=[])
    assert hv1.job(destroying)["phase"] == "destroy"
