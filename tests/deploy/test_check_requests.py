"""Checks on request: which are asked, and which cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from designer.deploy import describe
from designer.deploy.actions.start_checks import start_checks
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict
from designer.deploy.models import CheckRun
from designer.labs.actions.replace_document import replace_document
from designer.labs.errors import NotFound
from designer.labs.models import Audit, Lab, Team, User
from tests.deploy.checks import CHECKS, answer, asked, detail, ids_of, run_of, shown
from tests.deploy.test_deploying import deployed
from tests.deploy.world import TWO_HOSTS, FakeAgent, make_lab


def test_on_request_all_or_some(checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent) -> None:
    deployed(checked, alice, hv1, hv2)
    answer(hv1)
    answer(hv2)
    answer(hv1)
    run = start_checks(checked, alice, ["never"])
    assert (run.step, ids_of(asked(hv1)), asked(hv2)) == ("no-reach", ["never"], None)
    assert shown(checked) == {"reach": "ok", "back": "ok", "never": "applying"}
    answer(hv1, never="fail")
    assert set(describe.check_run(run)["results"]) == {"checks/never"}
    again = start_checks(checked, alice)
    assert (ids_of(asked(hv1)), ids_of(asked(hv2))) == (["reach"], ["back"])
    assert Audit.objects.filter(action="checks.start", actor=alice).count() == 2
    assert CheckRun.objects.filter(state="running").get() == again


def test_asking_in_the_middle_keeps_what_is_open(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    deployed(checked, alice, hv1, hv2)
    first = asked(hv2)
    assert first is not None
    answer(hv1)
    with django_capture_on_commit_callbacks(execute=True):
        start_checks(checked, alice, ["reach"])
    assert f'{{"type": "forget", "run": "{first.pk}"}}' in [text for _, text in sent[-4:]]
    assert (ids_of(asked(hv1)), ids_of(asked(hv2))) == (["reach"], ["back"])
    answer(hv2, part=first, back="fail")  # of the run that was stopped
    assert shown(checked)["back"] == "applying"


def test_what_cannot_be_asked_is_said(checked: Lab, lab: Lab, alice: User, hv1: FakeAgent,
                                      hv2: FakeAgent) -> None:  # fmt: skip
    with pytest.raises(Conflict, match="No checks are drawn"):
        start_checks(lab, alice)
    with pytest.raises(Conflict, match="The lab is not deployed"):
        start_checks(checked, alice)
    with pytest.raises(NotFound):
        start_checks(checked, alice, ["nothing"])
    deployment = start_deployment(checked, alice, kind="deploy")
    hv1.plan(deployment)
    hv2.plan(deployment)
    hv1.finish(deployment)
    with pytest.raises(Conflict, match=r"is not deployed|A deployment is under way"):
        start_checks(checked, alice)


def test_what_must_reach_over_a_pulled_cable_alone_is_not_asked(
    team: Team, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    text = (TWO_HOSTS + CHECKS).replace("b: br2:p1}", "b: br2:p1, plugged: false}")
    lab = make_lab(team, text)
    deployed(lab, alice, hv1, hv2)
    words = "The cable l2 is unplugged, and there is no other way. Plug in, deploy, run it again."
    assert run_of(lab).left_out == {"reach": words, "back": words}
    assert ids_of(asked(hv1)) == ["never"]


LEASED = """
trunkline: 1
name: A VM with a lease
nodes:
  h1: {kind: host}
  net: {kind: network, host: h1, addresses: [10.9.0.1/24]}
  c1: {kind: container, host: h1}
  vm1: {kind: vm, host: h1, kernel: tiny.vmlinuz}
interfaces:
  net:p1: {node: net}
  net:p2: {node: net}
  c1:eth0: {node: c1, addresses: [10.9.0.2/24]}
  vm1:eth0: {node: vm1}
links:
  c1~net: {a: c1:eth0, b: net:p1}
  vm1~net: {a: vm1:eth0, b: net:p2}
checks:
  reach: {source: c1, target: vm1}
  web: {source: c1, target: vm1, port: 80, within: 9}
  other: {source: vm1, target: c1}
"""


def test_a_vm_with_nothing_but_a_lease_is_asked_once_it_has_one(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    lab = make_lab(team, LEASED)
    deployed(lab, alice, hv1)
    assert ids_of(asked(hv1)) == ["other"]
    assert shown(lab) == {"reach": "unknown", "web": "unknown", "other": "applying"}
    assert detail(lab, "reach") == "vm1 has no lease yet. It is asked as soon as it has one."
    answer(hv1)

    def told(*leases: str) -> None:
        status = {"state": "ok", "detail": "", "facts": {"leases": list(leases)} if leases else {}}
        event = {"kind": "status", "lab": lab.tag, "complete": False}
        assert hv1.report({**event, "statuses": {"nodes/vm1": status}}) is not None

    told()
    assert asked(hv1) is None
    told("10.9.0.57/24")
    part = asked(hv1)
    assert part is not None
    specs = {one["id"]: (one["address"], one["port"]) for one in part.specs}
    assert specs == {"reach": ("10.9.0.57", None), "web": ("10.9.0.57", 80)}
    answer(hv1)
    assert set(shown(lab).values()) == {"ok"}
    told("10.9.0.57/24", "fd00::57/64")
    assert asked(hv1) is None  # they have their answers


def test_a_check_can_be_drawn_beside_a_running_lab(
    checked: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(checked, alice, hv1, hv2)
    text = (TWO_HOSTS + CHECKS).replace("nodes:\n", "nodes:\n  c9: {kind: container, host: h1}\n")
    text += "  new: {source: c2, target: c1}\n  later: {source: c9, target: c1}\n"
    # Its address has changed in the drawing, and not on the machine.
    text = text.replace("10.0.0.1/24", "10.0.0.77/24")
    replace_document(checked, author=alice, text=text, base=0)
    run = start_checks(checked, alice, ["new", "later"])
    part = asked(hv2)
    assert part is not None
    assert {one["id"]: one["address"] for one in part.specs}["new"] == "10.0.0.1"
    assert run.left_out == {"later": "c9 is not deployed yet. Deploy the lab, then run the check."}
