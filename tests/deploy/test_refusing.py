"""Wrong designs: the exact message, and no row, task or kernel call follows."""

from __future__ import annotations

from typing import Any

import pytest

from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import NotDeployable
from designer.deploy.models import Claim, Deployment, Part, Placement
from designer.labs.models import Audit, Lab, LabEvent, Team, User
from tests.deploy.world import FakeAgent, make_lab

TRUNK = """
trunkline: 1
name: Trunk
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1}
  t1: {kind: trunk, host: h1, vlans: [10]}
"""


def rows() -> list[int]:
    return [one.objects.count() for one in (Deployment, Part, Claim, Placement, LabEvent, Audit)]


@pytest.mark.django_db(transaction=True)
def test_nothing_follows_a_refusal(
    team: Team, alice: User, hv1: FakeAgent, sent: list[Any]
) -> None:
    lab = make_lab(team, TRUNK)
    before = rows()
    sent.clear()
    with pytest.raises(NotDeployable) as error:
        start_deployment(lab, alice, kind="deploy")
    found = [(one["ref"], one["severity"]) for one in error.value.findings]
    assert ("nodes/t1", "error") in found
    assert error.value.message.startswith("The design cannot be deployed: ")
    assert rows() == before
    assert not sent


def test_a_host_without_a_hypervisor(lab: Lab, alice: User) -> None:
    with pytest.raises(NotDeployable) as error:
        start_deployment(lab, alice, kind="deploy")
    assert error.value.findings == (
        {
            "code": "no-hypervisor",
            "severity": "error",
            "ref": "nodes/h1",
            "field": "",
            "message": "There is no hypervisor for this host.",
            "fix": "Enrol a hypervisor (manage.py hypervisor_add), or place the host on one.",
        },
    )


def test_a_feature_that_is_missing(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    hv1.hypervisor.refresh_from_db()
    hv1.hypervisor.inventory["features"]["bridge"] = False
    hv1.hypervisor.save()
    with pytest.raises(NotDeployable) as error:
        start_deployment(lab, alice, kind="deploy")
    texts = [f"{one['ref']} {one['message']}" for one in error.value.findings]
    assert any("CONFIG_BRIDGE" in text for text in texts), texts
    assert not Deployment.objects.exists()


def test_what_the_lab_itself_has_there_is_not_in_its_own_way(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    from tests.deploy.test_deploying import deployed

    deployed(lab, alice, hv1)
    hv1.hypervisor.refresh_from_db()
    hv1.hypervisor.inventory["links"] = ["lo", "eth1", "br0"]
    hv1.hypervisor.save()
    start_deployment(lab, alice, kind="plan")


def test_another_teams_hypervisor_is_not_there(lab: Lab, other_team: Team, alice: User) -> None:
    from designer.deploy.actions.place import place
    from designer.deploy.errors import BadPlacement
    from tests.deploy.world import make_agent

    theirs = make_agent("hv9", other_team)
    with pytest.raises(NotDeployable):
        start_deployment(lab, alice, kind="deploy")
    with pytest.raises(BadPlacement, match="There is no hypervisor"):
        place(lab, alice, {"h1": theirs.hypervisor.pk})
