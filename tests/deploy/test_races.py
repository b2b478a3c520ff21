"""Two at once, in real transactions: one wins, the other is told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from designer.deploy.actions.add_hypervisor import add_hypervisor
from designer.deploy.actions.apply_deployment import apply_deployment
from designer.deploy.actions.cancel_deployment import cancel_deployment
from designer.deploy.actions.enrol import enrol
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Claim, Deployment, Share
from designer.images.models import Image
from designer.labs.errors import Refused
from designer.labs.models import Quota, Team
from designer.wire.agent import Finished
from tests.deploy.test_vlan_claims import in_containers
from tests.deploy.world import ONE_HOST, TWO_HOSTS, FakeAgent, a_plan, make_agent, make_lab, now

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[str]:
    """Runs each in a thread of its own; how each ended."""
    start, ends = threading.Barrier(len(works)), [""] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        try:
            start.wait()
            work()
            ends[index] = "ok"
        except Refused as error:
            ends[index] = error.code
        except Exception as error:
            ends[index] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


@pytest.fixture
def team(transactional_db: None) -> Team:
    return Team.objects.create(name="Wiring")


@pytest.fixture
def hv1(team: Team) -> FakeAgent:
    return make_agent("hv1")


def test_two_deploys_of_one_lab(team: Team, hv1: FakeAgent) -> None:
    lab = make_lab(team)
    ends = at_once(*[lambda: start_deployment(lab, None, kind="deploy")] * 4)
    assert Counter(ends) == {"ok": 1, "deploying": 3}
    assert Deployment.objects.count() == 1


def test_two_labs_that_want_one_name(team: Team, hv1: FakeAgent) -> None:
    labs = [make_lab(team, ONE_HOST, f"Lab {number}") for number in range(4)]
    ends = at_once(*[lambda lab=lab: start_deployment(lab, None, kind="deploy") for lab in labs])
    assert Counter(ends) == {"ok": 1, "claimed": 3}
    assert Claim.objects.filter(value="br0").count() == 1
    assert Deployment.objects.count() == 1


def test_labs_whose_vlans_overlap(team: Team, hv1: FakeAgent) -> None:
    vids = range(10, 30)
    drawn = [vids, vids[::-1], vids[5:], vids[:15]]
    texts = [in_containers(f"Lab {number}", *vids) for number, vids in enumerate(drawn)]
    labs = [make_lab(team, text) for text in texts]
    ends = at_once(*[lambda lab=lab: start_deployment(lab, None, kind="deploy") for lab in labs])
    assert Counter(ends) == {"ok": 1, "claimed": 3}
    assert Claim.objects.values("lab").distinct().count() == 1
    assert Deployment.objects.count() == 1


def test_labs_that_draw_from_the_pool_all_get_a_number(team: Team, hv1: FakeAgent) -> None:
    make_agent("hv2")
    texts = [
        TWO_HOSTS.replace("brleft", f"l{number}").replace("brright", f"r{number}")
        for number in range(3)
    ]
    labs = [make_lab(team, text, f"Lab {number}") for number, text in enumerate(texts)]
    ends = at_once(*[lambda lab=lab: start_deployment(lab, None, kind="plan") for lab in labs])
    assert ends == ["ok"] * 3
    numbers = Claim.objects.filter(kind="vni").values_list("value", flat=True)
    assert len(set(numbers)) == 3


VMS = """
trunkline: 1
name: VMs
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1}
  v1: {kind: vm, host: h1, memory: 1000, vcpus: 3, kernel: vmlinuz}
interfaces:
  br0:p1: {node: br0}
  v1:eth0: {node: v1}
links:
  l1: {a: v1:eth0, b: br0:p1}
"""


def library(team: Team) -> None:
    Image.objects.create(
        team=team, name="vmlinuz", role="kernel", size=1, sha256="0" * 64, at=timezone.now()
    )


def test_a_quota_is_never_overdrawn(team: Team, hv1: FakeAgent) -> None:
    """Six labs of 3 vCPUs at once, where 7 may be had."""
    library(team)
    Quota.objects.create(team=team, vcpus=7)
    labs = [make_lab(team, VMS, f"Lab {number}") for number in range(6)]
    ends = at_once(*[lambda lab=lab: start_deployment(lab, None, kind="deploy") for lab in labs])
    assert Counter(ends) == {"ok": 2, "findings": 4}
    assert sum(Share.objects.values_list("vcpus", flat=True)) == 6


def test_a_hypervisors_memory_is_given_once(team: Team, hv1: FakeAgent) -> None:
    """It has 4096 MiB; labs of two teams want 1000 each."""
    others = Team.objects.create(name="Others")
    for one in (team, others):
        library(one)
    labs = [make_lab((team, others)[number % 2], VMS, f"Lab {number}") for number in range(6)]
    ends = at_once(*[lambda lab=lab: start_deployment(lab, None, kind="deploy") for lab in labs])
    assert Counter(ends) == {"ok": 4, "findings": 2}
    assert sum(Share.objects.values_list("memory", flat=True)) == 4000


def test_destroy_and_deploy(team: Team, hv1: FakeAgent) -> None:
    lab = make_lab(team)
    deployment = start_deployment(lab, None, kind="deploy")
    hv1.plan(deployment)
    hv1.job(deployment)  # at work
    ends = at_once(
        lambda: start_deployment(lab, None, kind="destroy"),
        lambda: start_deployment(lab, None, kind="destroy"),
        lambda: cancel_deployment(deployment, None),
    )
    # The cancel may come first, and is then overtaken.
    assert Counter(ends[:2]) == {"ok": 1, "destroying": 1}
    assert ends[2] == "ok"
    assert now(deployment).state == "cancelled"
    destroying = Deployment.objects.get(kind="destroy")
    hv1.plan(destroying)
    hv1.finish(destroying)
    assert now(destroying).state == "done"


def test_two_who_apply_one_plan(team: Team, hv1: FakeAgent) -> None:
    deployment = start_deployment(make_lab(team), None, kind="plan")
    hv1.plan(deployment)
    ends = at_once(*[lambda: apply_deployment(deployment, None)] * 3)
    assert Counter(ends) == {"ok": 1, "not-planned": 2}


def test_two_who_come_with_one_token(team: Team) -> None:
    _, token = add_hypervisor("hv7")
    assert Counter(at_once(*[lambda: enrol(token, {})] * 3)) == {"ok": 1, "token": 2}


def test_a_report_twice_at_once_counts_once(team: Team, hv1: FakeAgent) -> None:
    deployment = start_deployment(make_lab(team), None, kind="deploy")
    hv1.plan(deployment)
    job = hv1.job(deployment)
    event = {"kind": "finished", **hv1.named(deployment), "outcome": "applied", "message": "",
             "failure": None, "seconds": 0.1, "writes": 1}  # fmt: skip
    assert job["phase"] == "apply"
    number = next(hv1.numbers)
    told = Finished.model_validate(event)
    ends = at_once(*[lambda: hv1.send([(number, told)])] * 3)
    assert ends == ["ok"] * 3
    assert now(deployment).state == "done"


def test_agents_that_report_while_people_start_do_not_lock_each_other_out(
    team: Team, hv1: FakeAgent
) -> None:
    """Events lock the hypervisor and then labs, people lock labs: on PostgreSQL that would be a
    deadlock, were it not for the order and the kind of the locks (designer.deploy.locks)."""
    hv2 = make_agent("hv2")
    wide = [
        make_lab(team, TWO_HOSTS.replace("brleft", f"l{n}").replace("brright", f"r{n}"), f"Lab {n}")
        for n in range(3)
    ]
    started = [start_deployment(lab, None, kind="deploy") for lab in wide]

    def report(agent: FakeAgent) -> None:
        for _ in range(3):
            for deployment in started:
                if job := agent.fetch(deployment):  # unless a destroy was quicker
                    named = {"deployment": job["deployment"], "generation": job["generation"]}
                    agent.report({"kind": "planned", **named, **a_plan(job)})
                agent.report(
                    *[{"kind": "status", "lab": lab.tag, "complete": True, "statuses": {}}
                      for lab in wide]
                )  # fmt: skip

    ends = at_once(
        lambda: report(hv1),
        lambda: report(hv2),
        *[lambda lab=lab: start_deployment(lab, None, kind="destroy") for lab in wide],
    )
    assert [end for end in ends if "rror" in end] == []
