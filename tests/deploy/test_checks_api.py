"""Checks and preflights over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from designer.deploy.models import Deployment, ProbeRun
from designer.labs.models import Lab, Team, User
from tests.deploy.checks import CHECKS, answer
from tests.deploy.test_deploying import deployed
from tests.deploy.world import TWO_HOSTS, FakeAgent, make_lab, tell_probed


@pytest.fixture
def checked(team: Team) -> Lab:
    return make_lab(team, TWO_HOSTS + CHECKS)


@pytest.fixture
def client(bob: User, settings: Any) -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(bob)
    return client


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def test_checks_from_click_to_answer(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, client: Client
) -> None:
    path = f"/api/labs/{checked.pk}/checks"
    assert client.get(path).status_code == 404
    early = post(client, path)
    assert (early.status_code, early.json()["code"]) == (409, "not-deployed")
    deployment = deployed(checked, alice, hv1, hv2)
    assert client.get(path).json()["deployment"] == str(deployment.pk)

    answered = post(client, path, {"ids": ["reach", "never"]})
    assert answered.status_code == 201, answered.content
    told = answered.json()
    # "back" is still open in the run after the deployment, and is asked with them.
    assert set(told["results"]) == {"checks/reach", "checks/back", "checks/never"}
    assert (told["state"], told["step"], told["by"]["name"]) == ("running", "reach", "bob")
    assert told["deployment"] is None
    answer(hv1)
    answer(hv2)
    answer(hv1, never="fail")
    told = client.get(path).json()
    assert (told["state"], told["results"]["checks/never"]["state"]) == ("done", "failed")
    assert told["results"]["checks/never"]["facts"]["rtt_ms"] == 0.25


def test_without_a_body_all_are_run(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, client: Client
) -> None:
    deployed(checked, alice, hv1, hv2)
    told = client.post(f"/api/labs/{checked.pk}/checks", "", content_type="application/json")
    assert told.status_code == 201, told.content
    assert len(told.json()["results"]) == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [({"ids": ["nothing"]}, 404), ({"ids": "reach"}, 422), ({"all": True}, 422), ([], 422)],
)
def test_bad_requests(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, client: Client, body: Any,
    status: int,
) -> None:  # fmt: skip
    deployed(checked, alice, hv1, hv2)
    told = client.post(
        f"/api/labs/{checked.pk}/checks", json.dumps(body), content_type="application/json"
    )
    assert told.status_code == status, told.content


def test_a_preflight_from_click_to_table(
    checked: Lab, hv1: FakeAgent, hv2: FakeAgent, client: Client
) -> None:
    path = f"/api/labs/{checked.pk}/preflight"
    assert client.get(path).status_code == 404
    answered = post(client, path)
    assert answered.status_code == 201, answered.content
    assert answered.json()["state"] == "running"
    run = ProbeRun.objects.get()
    lost = {("hv1", 0, size) for size in (64, 1500)}
    tell_probed(run, hv1.hypervisor)
    tell_probed(run, hv2.hypervisor, lost=lost)
    told = client.get(path).json()
    assert (told["id"], told["state"], told["deployment"]) == (str(run.pk), "failed", None)
    assert {cell["size"] for cell in told["cells"] if cell["passed"] is False} == {64, 1500}
    assert told["findings"][0]["code"] == "preflight"
    assert not Deployment.objects.exists()


def test_no_preflight_without_a_segment(lab: Lab, hv1: FakeAgent, client: Client) -> None:
    told = post(client, f"/api/labs/{lab.pk}/preflight")
    assert (told.status_code, told.json()["code"]) == (409, "no-segment")


def test_deploying_despite_the_preflight(
    checked: Lab, hv1: FakeAgent, hv2: FakeAgent, client: Client
) -> None:
    hv1.probes_pass = hv2.probes_pass = False
    body = {"kind": "deploy", "despite_preflight": True}
    told = post(client, f"/api/labs/{checked.pk}/deployments", body).json()
    assert told["preflight"] is None
    deployment = Deployment.objects.get(pk=told["id"])
    hv1.plan(deployment)
    hv2.plan(deployment)
    run = ProbeRun.objects.get(deployment=deployment)
    tell_probed(run, hv1.hypervisor)
    tell_probed(run, hv2.hypervisor, lost={("hv1", 0, 64), ("hv1", 0, 1500)})
    told = client.get(f"/api/deployments/{deployment.pk}").json()
    assert (told["state"], told["preflight"]["state"]) == ("applying", "failed")


def test_charlie_finds_nothing(
    checked: Lab, alice: User, charlie: User, hv1: FakeAgent, hv2: FakeAgent, client: Client
) -> None:
    deployed(checked, alice, hv1, hv2)
    post(client, f"/api/labs/{checked.pk}/preflight")
    theirs = Client()
    theirs.force_login(charlie)
    for what in ("checks", "preflight"):
        path = f"/api/labs/{checked.pk}/{what}"
        assert (client.get(path).status_code, theirs.get(path).status_code) == (200, 404)
        assert post(theirs, path).status_code == 404
