"""A step fails on the second of two hypervisors of a trunk: the first is put back to what it was,
and everybody who looks at the lab is told what happened where."""

from __future__ import annotations

from typing import Any

import pytest

from designer import files
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Deployment, Footprint
from designer.labs.actions.replace_document import replace_document
from designer.labs.models import Lab, Team, User
from designer.topology import document
from designer.wire import resources_from_json
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, bodies, make_lab, now, states

FAILURE = {
    "ref": "interfaces/trunk2:20",
    "key": ["link", "", "eth1.20"],
    "words": "ip link add link eth1 name eth1.20 type vlan id 20: Operation not supported",
    "advice": "The kernel has no 802.1Q: load the module 8021q.",
}


def drawn(*vlans: int) -> str:
    """Two hosts over a trunk with these VLANs, each VLAN in a bridge of its own at each host."""
    nodes: dict[str, Any] = {"lan": {"kind": "segment", "transport": "plain"}}
    interfaces: dict[str, Any] = {}
    links: dict[str, Any] = {}

    def link(a: str, b: str) -> None:
        for end in (a, b):
            interfaces[end] = {"node": end.partition(":")[0], **interfaces.get(end, {})}
        links[f"{a}~{b}"] = {"a": a, "b": b}

    for at in (1, 2):
        on = {"host": f"h{at}"}
        nodes[f"h{at}"] = {"kind": "host"}
        nodes[f"nic{at}"] = {"kind": "nic", "name": "eth1", **on}
        nodes[f"trunk{at}"] = {"kind": "trunk", "vlans": list(vlans), **on}
        link(f"nic{at}:out", f"lan:p{at}")
        link(f"nic{at}:in", f"trunk{at}:up")
        for vlan in vlans:
            nodes[f"b{at}-{vlan}"] = {"kind": "bridge", "name": f"brvlan-{vlan}", **on}
            interfaces[f"trunk{at}:{vlan}"] = {"vlan": vlan}
            link(f"trunk{at}:{vlan}", f"b{at}-{vlan}:p")
    tables = {"nodes": nodes, "interfaces": interfaces, "links": links}
    return files.dump_yaml(document.read({"trunkline": 1, "name": "Trunk", **tables}))


@pytest.fixture
def trunk(team: Team) -> Lab:
    return make_lab(team, drawn(10, 20))


def shown(lab: Lab) -> dict[str, Any]:
    last: dict[str, Any] = bodies(lab, "deployment")[-1]["deployment"]
    return last


def fails_on_the_second(lab: Lab, by: User, hv1: FakeAgent, hv2: FakeAgent) -> Deployment:
    deployment = start_deployment(lab, by, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.finish(deployment)
    hv2.finish(deployment, "undone", message="", failure=FAILURE)
    return deployment


def test_of_a_first_deployment_nothing_stays(
    trunk: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = fails_on_the_second(trunk, alice, hv1, hv2)
    meanwhile = shown(trunk)
    assert (meanwhile["state"], meanwhile["ending"]) == ("applying", "failed")
    parts = {part["hypervisor"]["name"]: part for part in meanwhile["parts"]}
    assert parts["hv1"]["putting_back"] is True
    assert parts["hv1"]["note"] == "Putting back what was there before."
    assert (parts["hv2"]["state"], parts["hv2"]["failure"]) == ("undone", FAILURE)

    job = hv1.job(deployment)
    assert (job["phase"], job["resources"]) == ("destroy", [])
    hv1.finish(deployment)
    told = shown(trunk)
    assert told["state"] == "failed"
    assert told["message"] == (
        "hv2: ip link add link eth1 name eth1.20 type vlan id 20: Operation not supported "
        "The kernel has no 802.1Q: load the module 8021q. hv1 is as it was before."
    )
    assert states(deployment) == {"hv1": "undone", "hv2": "undone"}
    assert not Footprint.objects.exists()


def test_of_a_later_one_the_first_goes_back_to_the_one_before(
    trunk: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(trunk, alice, hv1, hv2)
    before = Footprint.objects.get(lab=trunk, hypervisor=hv1.hypervisor).resources
    replace_document(trunk, author=alice, text=drawn(10, 20, 30), base=0)
    deployment = fails_on_the_second(trunk, alice, hv1, hv2)
    job = hv1.job(deployment)
    assert (job["phase"], job["resources"]) == ("apply", before)
    names = {one.key[-1] for one in resources_from_json(job["resources"])}
    assert {"eth1.10", "eth1.20"} <= names
    assert "eth1.30" not in names
    hv1.finish(deployment)
    assert now(deployment).state == "failed"
    assert now(deployment).message.endswith("hv1 is as it was before.")
    after = Footprint.objects.get(lab=trunk, hypervisor=hv1.hypervisor)
    assert after.resources == before


def test_the_place_of_the_failure_stays_marked(
    trunk: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = fails_on_the_second(trunk, alice, hv1, hv2)
    hv1.finish(deployment)
    status = {"state": "failed", "detail": FAILURE["words"], "facts": {}}
    hv2.report(
        {
            "kind": "status",
            "lab": trunk.tag,
            "statuses": {FAILURE["ref"]: status},
            "complete": False,
        }
    )
    told = bodies(trunk, "status")[-1]["changes"]["interfaces/trunk2:20"]
    assert (told["state"], told["hypervisor"]) == ("failed", "hv2")
