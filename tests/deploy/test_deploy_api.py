"""Deployments over HTTP, and who may not even know of them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from designer.api import enrolment
from designer.deploy.actions.add_hypervisor import add_hypervisor
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Deployment, Footprint, Hypervisor
from designer.labs.models import Lab, User
from designer.wire import inventory_to_json
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, inventory, now


@pytest.fixture
def signed_in(settings: Any) -> Any:
    settings.ALLOWED_HOSTS = ["testserver"]

    def as_user(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return as_user


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def put(client: Client, path: str, body: Any) -> Any:
    return client.put(path, json.dumps(body), content_type="application/json")


def test_from_click_to_done(lab: Lab, bob: User, hv1: FakeAgent, signed_in: Any) -> None:
    client = signed_in(bob)
    answer = post(client, f"/api/labs/{lab.pk}/deployments", {"kind": "deploy"})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["state"], told["by"]["name"], told["auto"]) == ("planning", "bob", True)
    deployment = Deployment.objects.get(pk=told["id"])
    hv1.plan(deployment)
    hv1.finish(deployment)
    told = client.get(f"/api/deployments/{deployment.pk}").json()
    assert (told["state"], told["parts"][0]["state"]) == ("done", "applied")
    (listed,) = client.get(f"/api/labs/{lab.pk}/deployments").json()
    assert listed == told


def test_operations_come_in_pages(lab: Lab, alice: User, hv1: FakeAgent, signed_in: Any) -> None:
    deployment = start_deployment(lab, alice, kind="plan")
    hv1.plan(deployment)
    path = f"/api/deployments/{deployment.pk}/parts/{hv1.hypervisor.pk}/operations"
    client = signed_in(alice)
    everything = client.get(path).json()
    assert everything["total"] == len(everything["operations"]) > 3
    page = client.get(path, {"offset": 1, "limit": 2}).json()
    assert page["operations"] == everything["operations"][1:3]
    assert page["offset"] == 1
    assert client.get(path, {"limit": 100_000}).status_code == 422
    assert client.get(path.replace(str(hv1.hypervisor.pk), str(uuid4()))).status_code == 404


def test_plan_apply_cancel(lab: Lab, alice: User, hv1: FakeAgent, signed_in: Any) -> None:
    client = signed_in(alice)
    told = post(client, f"/api/labs/{lab.pk}/deployments", {"kind": "plan"}).json()
    path = f"/api/deployments/{told['id']}"
    early = post(client, f"{path}/apply")
    assert (early.status_code, early.json()["code"]) == (409, "not-planned")
    hv1.plan(Deployment.objects.get(pk=told["id"]))
    assert post(client, f"{path}/apply").json()["state"] == "applying"
    assert post(client, f"{path}/cancel").json()["state"] == "cancelled"
    assert post(client, f"{path}/apply").json()["code"] == "not-planned"


def test_findings_are_the_answer(lab: Lab, alice: User, signed_in: Any) -> None:
    answer = post(signed_in(alice), f"/api/labs/{lab.pk}/deployments", {"kind": "deploy"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "findings"
    assert answer.json()["findings"][0]["code"] == "no-hypervisor"
    assert not Deployment.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"kind": "restart"}, {"kind": "deploy", "force": True}, {"kind": 1}, []]
)
def test_bad_requests(lab: Lab, alice: User, signed_in: Any, body: Any) -> None:
    answer = signed_in(alice).post(
        f"/api/labs/{lab.pk}/deployments", json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 422
    assert not Deployment.objects.exists()


def test_placement(lab: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, signed_in: Any) -> None:
    client, path = signed_in(alice), f"/api/labs/{lab.pk}/placement"
    assert client.get(path).json() == {
        "placement": {"h1": str(hv1.hypervisor.pk)},
        "chosen": [],
    }
    wanted = {"h1": str(hv2.hypervisor.pk)}
    answer = put(client, path, {"placement": wanted})
    assert answer.json() == {"placement": wanted, "chosen": ["h1"]}
    assert put(client, path, {"placement": {"h1": None}}).json()["chosen"] == []
    for wrong in ({"h9": wanted["h1"]}, {"br0": wanted["h1"]}, {"h1": str(uuid4())}):
        assert put(client, path, {"placement": wrong}).json()["code"] == "placement"
    assert put(client, path, {"placement": {"h1": "hv1"}}).status_code == 422


def test_charlie_finds_nothing(
    lab: Lab, alice: User, charlie: User, hv1: FakeAgent, signed_in: Any
) -> None:
    deployment = deployed(lab, alice, hv1)
    client = signed_in(charlie)
    labs, deployments = f"/api/labs/{lab.pk}", f"/api/deployments/{deployment.pk}"
    answers = [
        client.get(f"{labs}/deployments"),
        post(client, f"{labs}/deployments", {"kind": "destroy"}),
        client.get(f"{labs}/placement"),
        put(client, f"{labs}/placement", {"placement": {}}),
        client.get(deployments),
        post(client, f"{deployments}/apply"),
        post(client, f"{deployments}/cancel"),
        client.get(f"{deployments}/parts/{hv1.hypervisor.pk}/operations"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert Footprint.objects.exists()
    missing = client.get(f"/api/deployments/{uuid4()}")
    assert missing.json() == client.get(deployments).json()


def test_nobody_finds_nothing(lab: Lab, alice: User, hv1: FakeAgent, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    deployment = start_deployment(lab, alice, kind="plan")
    assert Client().get("/api/hypervisors").status_code == 401
    assert Client().get(f"/api/deployments/{deployment.pk}").status_code == 401
    assert post(Client(), f"/api/deployments/{deployment.pk}/cancel").status_code in (401, 403)
    assert now(deployment).state == "planning"


def test_hypervisors_say_what_they_lack(alice: User, hv1: FakeAgent, signed_in: Any) -> None:
    hv1.hypervisor.refresh_from_db()
    hv1.hypervisor.inventory["features"]["8021q"] = False
    hv1.hypervisor.save()
    add_hypervisor("hv3")
    first, new = signed_in(alice).get("/api/hypervisors").json()
    assert (first["name"], first["state"], first["connected"]) == ("hv1", "connected", True)
    assert first["missing"] == [
        {"feature": "8021q", "title": "802.1Q sub-interfaces (CONFIG_VLAN_8021Q)"}
    ]
    assert first["inventory"]["nics"][0]["name"] == "eth1"
    assert (new["state"], new["inventory"], new["missing"]) == ("new", None, [])
    assert "secret" not in json.dumps(first)


@pytest.fixture
def enrol(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.ALLOWED_HOSTS = ["testserver"]
    enrolment._attempts.clear()

    def send(body: Any) -> Any:
        client = Client(enforce_csrf_checks=True)
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post("/agent/enrol", text, content_type="application/json")

    return send


def test_enrolment_over_http(enrol: Any) -> None:
    hypervisor, token = add_hypervisor("hv1")
    body = {"token": token, "inventory": inventory_to_json(inventory("hv1", 1))}
    answer = enrol(body)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {"hypervisor", "name", "secret", "broker"}
    assert (told["hypervisor"], told["name"]) == (str(hypervisor.pk), "hv1")
    assert Hypervisor.objects.get().inventory["nics"][0]["name"] == "eth1"
    again = enrol(body)
    assert (again.status_code, again.json()["code"]) == (403, "token")


def test_what_is_no_enrolment(enrol: Any) -> None:
    for body in ("", "{", "[]", {"token": "x"}, {"token": "x" * 20, "inventory": {"nics": 1}}):
        assert enrol(body).status_code == 422
    assert not Hypervisor.objects.exists()


def test_too_many_attempts_wait(enrol: Any) -> None:
    body = {"token": "x" * 20, "inventory": inventory_to_json(inventory("hv1", 1))}
    codes = [enrol(body).status_code for _ in range(enrolment.MOST + 1)]
    assert codes[0] == 403
    assert codes[-1] == 429
