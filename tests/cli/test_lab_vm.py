"""``manage.py lab vm``: every action, what it prints, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from designer.deploy import acting
from designer.deploy.actions.greet import hang_up
from designer.deploy.models import Hypervisor, VmAction, VmActionKind
from designer.labs.models import Audit, Lab
from tests.cli.test_lab_checks import answering
from tests.deploy.test_vm_actions import VMS
from tests.deploy.world import FakeAgent

NAME = "Two VMs"
Run = Callable[..., Any]
DONE = ("done", "It is so.", "")
FAILED = ("failed", "The guest did not shut down within 60 s: it runs on.", "Force it off.")


def ending(state: str, message: str, advice: str = "", *, node: str = "") -> Any:
    """An agent's work: how actions end, of one VM or of all; nothing is said of the others."""

    def work(agent: FakeAgent) -> None:
        for action in VmAction.objects.filter(hypervisor=agent.hypervisor, finished=None):
            if node in ("", action.node):
                told = {"kind": "acted", "run": str(action.pk), "lab": action.lab.tag}
                agent.report({**told, "state": state, "message": message, "advice": advice})

    return work


@pytest.fixture
def deployed(lab: Run, file: Run, agent: FakeAgent) -> Lab:
    Hypervisor.objects.filter(pk=agent.hypervisor.pk).update(
        inventory={**agent.hypervisor.inventory, "images": ["tiny.qcow2", "tiny.vmlinuz"]}
    )
    with answering([agent], ending(*DONE)):
        done = lab("deploy", file(VMS), "--wait")
    assert done.code == 0, done.err
    return Lab.objects.get(name=NAME)


SIMPLE = sorted(
    {*VmActionKind.values} - {"snapshot", "revert", "delete-snapshot", VmActionKind.CLONE}
)


@pytest.mark.parametrize("action", SIMPLE)
def test_it_waits_for_the_end_and_says_it(
    lab: Run, agent: FakeAgent, deployed: Lab, action: str
) -> None:
    with answering([agent], ending(*DONE)):
        done = lab("vm", NAME, "vm1", action)
        told = lab("vm", NAME, "vm1", action, "--json").json
    assert (done.code, done.out) == (0, "vm1: It is so.\n")
    assert (told["node"], told["action"], told["state"]) == ("vm1", action, "done")
    assert Audit.objects.filter(action=f"vm.{action}").count() == 2


@pytest.mark.parametrize("action", ["snapshot", "revert", "delete-snapshot"])
def test_snapshots_have_a_name(lab: Run, agent: FakeAgent, deployed: Lab, action: str) -> None:
    unnamed = lab("vm", NAME, "vm1", action)
    assert (unnamed.code, unnamed.out) == (2, "")
    assert "--snapshot goes with snapshot, revert, delete-snapshot." in unnamed.err
    with answering([agent], ending(*DONE)):
        done = lab("vm", NAME, "vm1", action, "--snapshot", "before it", "--json")
    assert (done.code, done.json["snapshot"]) == (0, "before it")
    assert not VmAction.objects.exclude(snapshot="before it").exists()


def test_a_clone_goes_into_a_vm_that_is_only_drawn(
    lab: Run, file: Run, agent: FakeAgent, deployed: Lab
) -> None:
    assert lab("vm", NAME, "vm1", "clone").code == 2
    assert lab("vm", NAME, "vm1", "start", "--into", "vm3").code == 2
    undrawn = lab("vm", NAME, "vm1", "clone", "--into", "vm3")
    assert (undrawn.code, undrawn.err.strip()) == (2, "There is no such VM 'vm3'.")
    drawn = VMS.replace("  vm2: {", "  vm3: {kind: vm, host: h1, disk: tiny.qcow2}\n  vm2: {")
    assert lab("draw", file(drawn)).code == 0
    with answering([agent], ending(*DONE)):
        done = lab("vm", NAME, "vm1", "clone", "--into", "vm3", "--json")
    assert (done.code, done.json["clone"]) == (0, "vm3")


def test_all_that_it_fits_and_why_not_the_others(lab: Run, agent: FakeAgent, deployed: Lab) -> None:
    acting.begin(deployed, None, "vm2", "reboot")
    with answering([agent], ending(*DONE, node="vm1")):
        done = lab("vm", NAME, "all", "shutdown")
        told = lab("vm", NAME, "all", "start", "--json")
    assert (done.code, done.out) == (0, "vm1: It is so.\n")
    assert done.err == (
        "vm2: vm2 is being restarted, as the command line asked. Wait for its end.\n"
    )
    assert [one["node"] for one in told.json] == ["vm1"]
    alone = lab("vm", NAME, "all", "snapshot", "--snapshot", "s1")
    assert (alone.code, alone.err.strip()) == (2, "snapshot is for one VM at a time.")


def test_what_failed_is_said_with_what_to_do(lab: Run, agent: FakeAgent, deployed: Lab) -> None:
    with answering([agent], ending(*FAILED)):
        done = lab("vm", NAME, "vm1", "shutdown")
        told = lab("vm", NAME, "vm1", "shutdown", "--json")
    assert done.code == told.code == 1
    assert done.err.strip() == f"vm1: {FAILED[1]} {FAILED[2]}"
    assert (told.json["code"], told.json["actions"][0]["state"]) == ("vm", "failed")
    assert FAILED[2] in told.json["message"]


def test_what_cannot_be_asked_now_is_a_conflict(lab: Run, agent: FakeAgent, deployed: Lab) -> None:
    acting.begin(deployed, None, "vm1", "shutdown")
    done = lab("vm", NAME, "vm1", "pause")
    assert done.code == 5
    assert "vm1 is being shut down, as the command line asked" in done.err
    hang_up(agent.hypervisor.pk, agent.session)
    away = lab("vm", NAME, "vm2", "pause", "--json")
    assert (away.code, away.json["code"]) == (5, "not-connected")


def test_no_such_vm_lab_or_action(lab: Run, deployed: Lab) -> None:
    for words in ((NAME, "vm9", "start"), ("No lab", "vm1", "start")):
        done = lab("vm", *words, "--json")
        assert (done.code, done.json["code"]) == (2, "not-found")
    assert lab("vm", NAME, "br0", "start").code == 2


def test_one_that_takes_too_long_goes_on_by_itself(
    lab: Run, agent: FakeAgent, deployed: Lab
) -> None:
    slow = ending("running", "The guest was asked to shut down.")
    with answering([agent], slow):
        done = lab("vm", NAME, "vm1", "shutdown", "--timeout", "1")
    assert done.code == 4
    assert "vm1: The guest was asked to shut down." in done.err
    assert done.err.strip().endswith(
        "After 1 s vm1 is being shut down, as the command line asked. It goes on by itself."
    )
    assert VmAction.objects.get().is_open
