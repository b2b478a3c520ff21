"""A plan that changes the NIC by which a hypervisor is reached waits for a person."""

from __future__ import annotations

from typing import Any

from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Deployment
from designer.labs.models import Lab, User
from tests.deploy.test_preflight import shown
from tests.deploy.world import FakeAgent, now, states

BY_IT = {"cards": ["eth0"], "management": ["eth0"], "seconds": 30, "moves": ["It moves."]}
BY_ANOTHER = {"cards": ["eth1"], "management": [], "seconds": 30, "moves": []}


def planned(
    lab: Lab, by: User, guarded: dict[str, Any], hv1: FakeAgent, hv2: FakeAgent, **how: Any
) -> Deployment:
    deployment = start_deployment(lab, by, kind=how.pop("kind", "deploy"), **how)
    hv1.plan(deployment, guarded=guarded)
    hv2.plan(deployment)
    return deployment


def test_it_waits_and_says_why(wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployment = planned(wide, alice, BY_IT, hv1, hv2)
    assert states(deployment) == {"hv1": "planned", "hv2": "planned"}
    assert now(deployment).message == (
        "Nothing was changed yet: this changes the way by which hv1 is reached. Look at the plan, "
        "then apply it."
    )
    assert [part["guarded"] for part in shown(wide)["parts"]] == [BY_IT, None]
    apply_deployment(deployment, alice)
    assert states(deployment) == {"hv1": "applying", "hv2": "applying"}


def test_who_says_so_at_once_need_not_wait(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = planned(wide, alice, BY_IT, hv1, hv2, over_management=True)
    assert now(deployment).state == "applying"


def test_another_nic_keeps_nobody_waiting(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = planned(wide, alice, BY_ANOTHER, hv1, hv2)
    assert now(deployment).state == "applying"
    assert shown(wide)["parts"][0]["guarded"] == BY_ANOTHER
