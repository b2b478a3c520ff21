"""Names and numbers that one lab has for itself."""

from __future__ import annotations

import pytest

from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict
from designer.deploy.models import Claim, Deployment, Part
from designer.labs.models import Lab, Team, User
from tests.deploy.test_deploying import deployed
from tests.deploy.world import ONE_HOST, TWO_HOSTS, FakeAgent, make_lab, now


def test_a_name_belongs_to_one_lab(
    lab: Lab, team: Team, alice: User, bob: User, hv1: FakeAgent
) -> None:
    start_deployment(lab, alice, kind="deploy")
    second = make_lab(team, ONE_HOST, "Second")
    with pytest.raises(Conflict) as error:
        start_deployment(second, bob, kind="deploy")
    assert error.value.code == "claimed"
    assert error.value.message == (
        "nodes/br0: The interface name 'br0' on hv1 belongs to the lab 'One bridge'. "
        "Choose another name."
    )
    assert Deployment.objects.count() == 1
    assert Part.objects.count() == 1
    assert not Claim.objects.filter(lab=second).exists()


def test_a_stranger_is_not_told_which(
    lab: Lab, other_team: Team, alice: User, charlie: User, hv1: FakeAgent
) -> None:
    start_deployment(lab, alice, kind="deploy")
    with pytest.raises(Conflict) as error:
        start_deployment(make_lab(other_team), charlie, kind="deploy")
    assert "belongs to another lab." in error.value.message
    assert "One bridge" not in error.value.message


def test_the_same_name_on_another_hypervisor_is_free(
    team: Team, lab: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    from designer.deploy.actions.place import place

    second = make_lab(team, ONE_HOST, "Second")
    place(second, alice, {"h1": hv2.hypervisor.pk})
    start_deployment(lab, alice, kind="deploy")
    start_deployment(second, alice, kind="deploy")
    assert Claim.objects.filter(value="br0").count() == 2


def test_vnis_come_from_a_pool_and_stay(
    team: Team, wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    vni = Claim.objects.get(kind="vni").value
    start_deployment(wide, alice, kind="plan")
    assert Claim.objects.get(kind="vni").value == vni

    renamed = TWO_HOSTS.replace("brleft", "brl").replace("brright", "brr")
    second = make_lab(team, renamed, "Second")
    start_deployment(second, alice, kind="plan")
    assert Claim.objects.filter(kind="vni").count() == 2


def test_a_drawn_vni_that_another_has_is_a_conflict(
    team: Team, wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    start_deployment(wide, alice, kind="plan")
    vni = Claim.objects.get(kind="vni").value
    text = TWO_HOSTS.replace("kind: segment", f"kind: segment, vni: {vni}")
    second = make_lab(team, text.replace("brleft", "brl").replace("brright", "brr"), "Second")
    with pytest.raises(Conflict, match=f"nodes/lan: The VNI {vni} belongs to the lab 'Two hosts'"):
        start_deployment(second, alice, kind="plan")


def test_a_name_that_is_drawn_no_more_is_given_back_when_that_is_true(
    lab: Lab, team: Team, alice: User, hv1: FakeAgent
) -> None:
    from designer.labs.actions.replace_document import replace_document

    deployed(lab, alice, hv1)
    replace_document(lab, author=alice, text=ONE_HOST.replace("name: br0", "name: br7"), base=0)
    deployment = start_deployment(lab, alice, kind="deploy")
    assert set(Claim.objects.filter(value__in=["br0", "br7"]).values_list("value", flat=True)) == {
        "br0",
        "br7",
    }
    hv1.plan(deployment)
    hv1.finish(deployment)
    assert now(deployment).state == "done"
    assert not Claim.objects.filter(value="br0").exists()


def test_a_plan_gives_back_what_it_alone_took(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    from designer.deploy.actions.cancel_deployment import cancel_deployment

    plan = start_deployment(lab, alice, kind="plan")
    assert Claim.objects.exists()
    cancel_deployment(plan, alice)
    assert not Claim.objects.exists()
