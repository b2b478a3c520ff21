"""Actions on VMs: asked for over HTTP, carried to the agent, answered, and never hanging."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from designer.deploy import reconcile
from designer.deploy.actions.act_on_vm import act_on_vm
from designer.deploy.actions.greet import hang_up
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict
from designer.deploy.models import Hypervisor, VmAction
from designer.labs.actions.replace_document import replace_document
from designer.labs.models import Audit, Lab, Team, User
from designer.live.snapshots import shared
from designer.wire import read_controller_message, read_server_message
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, bodies, make_lab

VMS = """
trunkline: 1
name: Two VMs
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1, name: br0}
  vm1: {kind: vm, host: h1, disk: tiny.qcow2}
  vm2: {kind: vm, host: h1, kernel: tiny.vmlinuz}
interfaces:
  br0:p1: {node: br0}
  br0:p2: {node: br0}
  vm1:eth0: {node: vm1}
  vm2:eth0: {node: vm2}
links:
  l1: {a: vm1:eth0, b: br0:p1}
  l2: {a: vm2:eth0, b: br0:p2}
"""


@pytest.fixture
def vms(team: Team, alice: User, hv1: FakeAgent) -> Lab:
    """Two VMs, deployed on hv1."""
    Hypervisor.objects.filter(pk=hv1.hypervisor.pk).update(
        inventory={**hv1.hypervisor.inventory, "images": ["tiny.qcow2", "tiny.vmlinuz"]}
    )
    lab = make_lab(team, VMS)
    deployed(lab, alice, hv1)
    return lab


@pytest.fixture
def client(bob: User, settings: Any) -> Client:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(bob)
    return client


def post(client: Client, lab: Lab, node: str, body: Any) -> Any:
    path = f"/api/labs/{lab.pk}/vms/{node}/actions" if node else f"/api/labs/{lab.pk}/vms/actions"
    return client.post(path, json.dumps(body), content_type="application/json")


def answer(agent: FakeAgent, action: VmAction, state: str, message: str = "", **more: Any) -> None:
    told = {"kind": "acted", "run": str(action.pk), "lab": action.lab.tag, "state": state,
            "message": message, **more}  # fmt: skip
    assert agent.report(told) is not None


def now(action: VmAction) -> VmAction:
    return VmAction.objects.get(pk=action.pk)


def test_from_click_to_answer(
    vms: Lab, hv1: FakeAgent, client: Client, bob: User, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        answered = post(client, vms, "vm1", {"action": "shutdown"})
    assert answered.status_code == 201, answered.content
    told = answered.json()
    assert (told["state"], told["node"], told["by"]["name"]) == ("asked", "vm1", "bob")
    (word,) = (
        read_controller_message(text)
        for channel, text in (one for one in sent if isinstance(one, tuple))
        if channel == f"hypervisor.{hv1.hypervisor.pk}" and json.loads(text)["type"] == "act"
    )
    assert (word.run, word.lab, word.domain) == (told["id"], vms.tag, f"{vms.tag}-vm1")
    assert (word.action, word.by, word.snapshot, word.clone) == ("shutdown", "bob", None, None)
    line = Audit.objects.get(action="vm.shutdown")
    assert (line.actor, line.details["node"]) == (bob, "vm1")

    action = VmAction.objects.get()
    answer(hv1, action, "running", "The guest was asked to shut down.")
    answer(hv1, action, "done", "Shut down.")
    (last,) = client.get(f"/api/labs/{vms.pk}/vms/vm1/actions").json()
    assert (last["state"], last["message"]) == ("done", "Shut down.")
    states = [body["action"]["state"] for body in bodies(vms, "vm-action")]
    assert states == ["asked", "running", "done"]
    for body in bodies(vms, "vm-action"):
        read_server_message(json.dumps({"type": "event", "seq": 1, "event": body}))
    shown = json.loads("{" + shared(vms.pk).text + "}")["actions"]
    assert [one["id"] for one in shown] == [str(action.pk)]
    answer(hv1, action, "failed", "too late")
    assert now(action).state == "done"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "explode"}, {"action": "snapshot"}, {"action": "start", "snapshot": "s1"},
        {"action": "snapshot", "snapshot": "../s1"}, {"action": "clone"},
        {"action": "start", "x": 1}, {"action": "start", "clone": "vm2"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(vms: Lab, client: Client, body: Any) -> None:
    assert post(client, vms, "vm1", body).status_code == 422
    assert not VmAction.objects.exists()


def test_charlie_finds_nothing(vms: Lab, charlie: User, client: Client) -> None:
    theirs = Client()
    theirs.force_login(charlie)
    assert post(theirs, vms, "vm1", {"action": "start"}).status_code == 404
    assert post(theirs, vms, "", {"action": "start"}).status_code == 404
    assert theirs.get(f"/api/labs/{vms.pk}/vms/vm1/actions").status_code == 404
    assert client.get(f"/api/labs/{vms.pk}/vms/vm1/actions").status_code == 200
    assert not VmAction.objects.exists()


def test_another_hypervisor_can_say_nothing_of_it(
    vms: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    action = act_on_vm(vms, alice, "vm1", "start")
    answer(hv2, action, "done", "forged")
    assert now(action).state == "asked"
    told = {"kind": "acted", "run": "nonsense", "lab": vms.tag, "state": "done"}
    assert hv1.report(told) is not None


def test_one_at_a_time_but_for_the_emergency(vms: Lab, client: Client) -> None:
    assert post(client, vms, "vm1", {"action": "shutdown"}).status_code == 201
    refused = post(client, vms, "vm1", {"action": "start"})
    assert (refused.status_code, refused.json()["code"]) == (409, "acting")
    assert refused.json()["message"] == ("vm1 is being shut down, as bob asked. Wait for its end.")
    assert post(client, vms, "vm2", {"action": "start"}).status_code == 201
    assert post(client, vms, "vm1", {"action": "force-off"}).status_code == 201
    assert post(client, vms, "vm1", {"action": "force-off"}).status_code == 409


def test_what_cannot_be_asked_now(
    vms: Lab, team: Team, alice: User, hv1: FakeAgent, client: Client
) -> None:
    assert post(client, vms, "vm9", {"action": "start"}).status_code == 404
    assert post(client, vms, "br0", {"action": "start"}).status_code == 404
    fresh = make_lab(team, VMS, name="Fresh")
    assert post(client, fresh, "vm1", {"action": "start"}).json()["code"] == "not-deployed"
    hang_up(hv1.hypervisor.pk, hv1.session)
    refused = post(client, vms, "vm1", {"action": "start"}).json()
    assert (refused["code"], "Start its agent" in refused["message"]) == ("not-connected", True)
    hv1.connect()
    deployment = start_deployment(vms, alice, kind="destroy")
    hv1.plan(deployment)
    assert post(client, vms, "vm1", {"action": "start"}).json()["code"] == "deploying"


def test_all_of_them_and_what_is_left_out(vms: Lab, client: Client) -> None:
    post(client, vms, "vm1", {"action": "pause"})
    told = post(client, vms, "", {"action": "shutdown"})
    assert told.status_code == 201, told.content
    assert [one["node"] for one in told.json()["actions"]] == ["vm2"]
    assert "vm1 is being paused" in told.json()["left_out"]["vm1"]
    assert post(client, vms, "", {"action": "start", "nodes": ["vm1"]}).status_code == 409
    assert post(client, vms, "", {"action": "start", "nodes": ["br0"]}).status_code == 404
    assert post(client, vms, "", {"action": "snapshot"}).status_code == 422


def test_silence_ends_it_as_unknown_and_the_truth_may_still_come(
    vms: Lab, alice: User, hv1: FakeAgent
) -> None:
    action = act_on_vm(vms, alice, "vm1", "start")
    reconcile.sweep()
    assert now(action).state == "asked"
    past = timezone.now() - timedelta(seconds=1)
    VmAction.objects.update(deadline=past)
    reconcile.sweep()
    ended = now(action)
    assert (ended.state, ended.message) == ("unknown", "hv1 did not say in time what became of it.")
    assert act_on_vm(vms, alice, "vm1", "pause").state == "asked"
    answer(hv1, action, "running", "late")
    assert now(action).state == "unknown"
    answer(hv1, action, "done", "Started.")
    assert now(action).state == "done"


def test_an_agent_that_comes_back_is_asked_again_and_one_started_anew_is_not(
    vms: Lab, alice: User, hv1: FakeAgent, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    action = act_on_vm(vms, alice, "vm1", "reboot")
    with django_capture_on_commit_callbacks(execute=True):
        hv1.connect()
    asked = [one for one in sent if isinstance(one, tuple) and str(action.pk) in one[1]]
    assert len(asked) == 1
    assert now(action).state == "asked"
    hv1.boot, hv1.session = uuid4().hex, uuid4()
    hv1.connect()
    ended = now(action)
    assert (ended.state, "started anew" in ended.message) == ("unknown", True)


def test_no_deployment_pulls_the_rug_from_under_a_snapshot(
    vms: Lab, alice: User, hv1: FakeAgent
) -> None:
    action = act_on_vm(vms, alice, "vm1", "snapshot", snapshot="s1")
    with pytest.raises(Conflict, match="vm1 is having a snapshot taken, as alice asked"):
        start_deployment(vms, alice, kind="deploy")
    answer(hv1, action, "failed", "No space left on device.", advice="Make room.")
    assert (now(action).message, now(action).advice) == ("No space left on device.", "Make room.")
    assert start_deployment(vms, alice, kind="deploy").state == "planning"


def test_what_stays_as_asked_is_said_with_the_plan(vms: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(vms, alice, kind="deploy")
    hv1.plan(deployment, operations=[], notes=["vm1 stays shut off, as alice asked."])
    part = hv1.part(deployment)
    assert "vm1 stays shut off, as alice asked." in (part.note, part.message)


def test_a_disk_is_copied_only_for_a_vm_that_fits(
    vms: Lab, team: Team, alice: User, client: Client
) -> None:
    def clone(lab: Lab, into: str) -> Any:
        return post(client, lab, "vm1", {"action": "clone", "clone": into})

    assert clone(vms, "vm2").json()["code"] == "deployed"
    assert clone(vms, "vm3").status_code == 404
    drawn = VMS.replace("  vm2: {", "  vm3: {kind: vm, host: h1, disk: tiny.qcow2}\n  vm2: {")
    vms.refresh_from_db()
    replace_document(vms, author=alice, text=drawn, base=vms.revision)
    told = clone(vms, "vm3")
    assert told.status_code == 201, told.content
    assert (told.json()["action"], told.json()["clone"]) == ("clone", "vm3")
