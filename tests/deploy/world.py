"""The cast and the stage: Alice owns the lab, Bob is her teammate, Charlie must be kept out; two
hypervisors, and a hand that reports for them as an agent would."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from designer import files
from designer.deploy.actions.add_hypervisor import add_hypervisor
from designer.deploy.actions.enrol import enrol
from designer.deploy.actions.greet import greet
from designer.deploy.actions.record_probed import record_probed
from designer.deploy.actions.take_events import take_events
from designer.deploy.jobs import assignments, fetch
from designer.deploy.locks import lock
from designer.deploy.models import Deployment, Hypervisor, Part, ProbeRun
from designer.labs.actions.create_lab import create_lab
from designer.labs.models import Lab, LabEvent, Membership, Team, User
from designer.machine.state import FEATURES, Inventory, NicFacts
from designer.wire import inventory_to_json
from designer.wire.agent import EventTold, Probed

Heard = tuple[str, int, int]
"""Sender, VLAN and size of a probe."""

ONE_HOST = """
trunkline: 1
name: One bridge
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1, name: br0}
  c1: {kind: container, host: h1}
interfaces:
  br0:p1: {node: br0}
  c1:eth0: {node: c1, addresses: [10.0.0.1/24]}
links:
  l1: {a: c1:eth0, b: br0:p1}
"""

TWO_HOSTS = """
trunkline: 1
name: Two hosts
nodes:
  h1: {kind: host}
  h2: {kind: host}
  br1: {kind: bridge, host: h1, name: brleft}
  br2: {kind: bridge, host: h2, name: brright}
  c1: {kind: container, host: h1}
  c2: {kind: container, host: h2}
  n1: {kind: nic, host: h1, name: eth1}
  n2: {kind: nic, host: h2, name: eth1}
  lan: {kind: segment}
interfaces:
  br1:p1: {node: br1}
  br1:p2: {node: br1}
  br2:p1: {node: br2}
  br2:p2: {node: br2}
  c1:eth0: {node: c1, addresses: [10.0.0.1/24]}
  c2:eth0: {node: c2, addresses: [10.0.0.2/24]}
  n1:in: {node: n1}
  n1:out: {node: n1}
  n2:in: {node: n2}
  n2:out: {node: n2}
  lan:p1: {node: lan}
  lan:p2: {node: lan}
links:
  l1: {a: c1:eth0, b: br1:p1}
  l2: {a: c2:eth0, b: br2:p1}
  l3: {a: br1:p2, b: n1:in}
  l4: {a: br2:p2, b: n2:in}
  l5: {a: n1:out, b: lan:p1}
  l6: {a: n2:out, b: lan:p2}
"""


def inventory(name: str, number: int) -> Inventory:
    """A hypervisor that can do everything, with one card on the segment."""
    return Inventory(
        name=name,
        kernel="6.1",
        features=dict.fromkeys(FEATURES, True),
        nics=(
            NicFacts(
                name="eth1",
                mac=f"52:54:00:aa:00:{number:02x}",
                mtu=1500,
                up=True,
                addresses=(f"192.0.2.{number}/24",),
            ),
        ),
        links=("lo", "eth1"),
        images=("tiny.vmlinuz",),
        memory=4096,
        vcpus=4,
    )


@dataclass
class FakeAgent:
    """Reports for one hypervisor through the very actions that the socket calls."""

    hypervisor: Hypervisor
    secret: str = ""
    broker: str = ""
    session: UUID = field(default_factory=uuid4)
    boot: str = field(default_factory=lambda: uuid4().hex)
    numbers: Any = field(default_factory=lambda: count(1))
    probes_pass: bool = True
    """Answer preflights, for all who take part, as soon as one begins: everything passes."""

    def connect(self) -> int:
        self.hypervisor.refresh_from_db()
        told = inventory(self.hypervisor.name, int(self.hypervisor.name[-1]))
        return greet(
            self.hypervisor,
            self.session,
            boot=self.boot,
            version="0.1.0",
            inventory=inventory_to_json(told),
        )

    def report(self, *events: dict[str, Any]) -> int | None:
        told = [
            EventTold.model_validate_json(
                json.dumps({"type": "event", "n": next(self.numbers), "event": event})
            )
            for event in events
        ]
        return self.send([(one.n, one.event) for one in told])

    def send(self, numbered: list[tuple[int, Any]]) -> int | None:
        return take_events(self.hypervisor.pk, self.session, self.boot, numbered)

    def part(self, deployment: Deployment) -> Part:
        return Part.objects.get(deployment=deployment, hypervisor=self.hypervisor)

    def fetch(self, deployment: Deployment) -> dict[str, Any] | None:
        with transaction.atomic():
            return fetch(self.hypervisor, deployment.pk, self.part(deployment).generation)

    def job(self, deployment: Deployment) -> dict[str, Any]:
        """The job, which there has to be."""
        job = self.fetch(deployment)
        assert job is not None
        return job

    def assignments(self) -> list[dict[str, Any]]:
        return assignments(self.hypervisor)

    def named(self, deployment: Deployment) -> dict[str, Any]:
        return {
            "deployment": str(deployment.pk),
            "generation": self.part(deployment).generation,
        }

    def plan(self, deployment: Deployment, **more: Any) -> None:
        """Fetch the job and answer with a plan."""
        job = self.job(deployment)
        assert job["phase"] == "plan"
        self.report({"kind": "planned", **self.named(deployment), **a_plan(job), **more})
        run = ProbeRun.objects.filter(deployment=deployment, state="running").first()
        if run is not None and self.probes_pass:
            for part in run.parts.select_related("hypervisor"):
                tell_probed(run, part.hypervisor)

    def finish(self, deployment: Deployment, outcome: str = "applied", **more: Any) -> None:
        """Fetch the job and say how it ended."""
        job = self.job(deployment)
        assert job["phase"] in {"apply", "destroy"}
        self.report({"kind": "finished", **self.named(deployment), **an_end(outcome), **more})


def tell_probed(
    run: ProbeRun, hypervisor: Hypervisor, *, lost: Collection[Heard] = (), **more: Any
) -> None:
    """Report for a hypervisor that it heard everything of its peers, but for what is lost."""
    mine = run.parts.get(hypervisor=hypervisor)
    others = run.parts.exclude(hypervisor=hypervisor).select_related("hypervisor")
    nics = [
        {
            "segment": probe["segment"],
            "nic": probe["nic"],
            "heard": [
                heard
                for other in others
                for theirs in other.probes
                if theirs["segment"] == probe["segment"]
                for vlan in theirs["vlans"]
                for size in theirs["sizes"]
                if (heard := (other.hypervisor.name, vlan, size)) not in lost
            ],
            **more,
        }
        for probe in mine.probes
    ]
    told = {"kind": "probed", "run": str(run.pk), "lab": run.lab.tag, "nics": nics}
    with transaction.atomic():
        lock(run.lab_id)
        record_probed(hypervisor, Probed.model_validate_json(json.dumps(told)))


def a_plan(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "operations": [
            {
                "action": "create",
                "ref": ref,
                "key": key,
                "reason": f"{'/'.join(key)} is not there.",
                "equivalents": [f"ip link add {key[-1]}"],
            }
            for key, ref in job["origins"]
        ],
        "fingerprint": f"print-{job['generation']}",
        "refusals": [],
    }


def an_end(outcome: str) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "message": "" if outcome == "applied" else f"It was {outcome}.",
        "failure": None,
        "seconds": 0.1,
        "writes": 3,
    }


def make_agent(name: str, team: Team | None = None) -> FakeAgent:
    _, token = add_hypervisor(name, team=team)
    enrolled = enrol(token, inventory_to_json(inventory(name, int(name[-1]))))
    agent = FakeAgent(enrolled.hypervisor, enrolled.secret, enrolled.broker)
    agent.connect()
    return agent


def make_user(name: str, team: Team | None) -> User:
    user = User.objects.create_user(name)  # without a password: hashing one takes a second
    Membership.objects.filter(user=user).delete()  # of the default team
    if team is not None:
        Membership.objects.create(team=team, user=user)
    return user


def make_lab(team: Team, text: str = ONE_HOST, name: str = "") -> Lab:
    design = files.load(text)
    return create_lab(team, name=name or design.name, author=None, design=design)


def bodies(lab: Lab, kind: str) -> list[dict[str, Any]]:
    """The lab's events of a kind, oldest first."""
    events = LabEvent.objects.filter(lab=lab).order_by("seq").values_list("body", flat=True)
    return [body for body in events if body["kind"] == kind]


def now(deployment: Deployment) -> Deployment:
    return Deployment.objects.select_related("lab", "by").get(pk=deployment.pk)


def states(deployment: Deployment) -> dict[str, str]:
    rows = Part.objects.filter(deployment=deployment).select_related("hypervisor")
    return {row.hypervisor.name: row.state for row in rows}
