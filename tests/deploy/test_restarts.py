"""A plan that restarts VMs that run waits for a person, who is shown which."""

from __future__ import annotations

from typing import Any

import pytest

from designer.deploy import describe
from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Deployment
from designer.labs.models import Lab, User
from tests.deploy.world import FakeAgent, a_plan, now

pytestmark = pytest.mark.django_db(transaction=True)


def planned(lab: Lab, by: User, hv1: FakeAgent, **how: Any) -> Deployment:
    deployment = start_deployment(lab, by, kind="deploy", **how)
    plan = a_plan(hv1.job(deployment))
    plan["operations"][0] |= {"ref": "nodes/vm1", "restarts": True}
    hv1.plan(deployment, **plan)
    return deployment


def test_it_waits_and_says_which(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = planned(lab, alice, hv1)
    told = describe.deployment(now(deployment))
    assert (told["state"], told["auto"]) == ("planned", False)
    assert "VMs that run are restarted by it" in told["message"]
    assert told["parts"][0]["restarts"] == ["nodes/vm1"]
    apply_deployment(deployment, alice)
    assert now(deployment).state == "applying"


def test_who_says_so_at_once_need_not_wait(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = planned(lab, alice, hv1, with_restarts=True)
    assert now(deployment).state == "applying"


def test_what_is_left_to_the_next_start_is_in_the_job_and_told(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployment = start_deployment(lab, alice, kind="deploy", at_next_start=True)
    job = hv1.job(deployment)
    assert job["at_next_start"] is True
    plan = a_plan(job)
    plan["operations"][0] |= {"ref": "nodes/vm1", "waits": True}
    hv1.plan(deployment, **plan)
    told = describe.deployment(now(deployment))
    assert (told["state"], told["at_next_start"]) == ("applying", True)
    assert (told["parts"][0]["waits"], told["parts"][0]["restarts"]) == (["nodes/vm1"], [])


def test_what_cannot_wait_is_asked_for_all_the_same(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    told = describe.deployment(now(planned(lab, alice, hv1, at_next_start=True)))
    assert (told["state"], told["auto"]) == ("planned", False)
