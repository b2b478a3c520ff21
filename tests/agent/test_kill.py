"""SIGKILL at every batch of a deployment and of a destroy on the real kernel, before and after its
effect and after every record of the journal: the next start converges, and nothing is left."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tasks.sandbox import Hypervisor, Sandbox, paths
from tests.agent.controller import Controller, Job
from tests.agent.designs import LAB, destroy, job, routed

pytestmark = pytest.mark.kernel

_LOOK = """\
ip -j netns | grep . || echo []
ip -j link; echo
ip -j -4 address; echo
nft list tables
"""
MOMENTS = ("before", "effect", "journal")


class Forked:
    """Agents of one hypervisor; see tests/agent/forked.py."""

    controller: Controller
    address: str

    def __init__(self, hypervisor: Hypervisor) -> None:
        self.hypervisor = hypervisor
        self.state_dir = hypervisor.state_dir / "agent"
        self._process = hypervisor.popen(
            [sys.executable, "-m", "tests.agent.forked"],
            cwd=paths.CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer_line() == "ready"

    def run(self, expect: Job, kill: tuple[str, int] | None = None) -> dict[str, Any]:
        """One life of an agent."""
        order = {
            "state_dir": str(self.state_dir),
            "controller": self.address,
            "secret": self.controller.secret,
            "kill": kill,
            "expect": expect["resources"],
            "lab": LAB,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._answer_line())
        return answer

    def kernel(self) -> dict[str, Any]:
        """Everything of the network there is, read with ip and nft and not by ourselves."""
        text = self.hypervisor.do(["sh", "-c", _LOOK])
        netns, links, addresses, *tables = [line for line in text.splitlines() if line]
        return {
            "netns": sorted(one.get("name") for one in json.loads(netns)),
            "links": sorted(one["ifname"] for one in json.loads(links)),
            "addresses": sorted(
                f"{one['ifname']} {address['local']}"
                for one in json.loads(addresses)
                for address in one["addr_info"]
            ),
            "tables": tables,
        }

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _answer_line(self) -> str:
        assert self._process.stdout is not None
        return str(self._process.stdout.readline()).strip()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    with Sandbox(folder, ("hv1",), libvirt=False) as running:
        yield running


@pytest.fixture(scope="module")
def process(sandbox: Sandbox) -> Iterator[Forked]:
    one = Forked(sandbox["hv1"])
    yield one
    one.close()


@pytest.fixture
def forked(sandbox: Sandbox, process: Forked, controller: Controller) -> Iterator[Forked]:
    host, port = sandbox.publish(controller.port)
    process.controller, process.address = controller, f"http://{host}:{port}"
    yield process
    shutil.rmtree(process.state_dir, ignore_errors=True)


def end(forked: Forked, wanted: Job, outcome: str = "applied") -> dict[str, Any]:
    """A life without a kill: it finishes what there is, and the controller hears of it."""
    answer = forked.run(wanted)
    assert answer["status"] == 0
    assert answer["finished"]
    assert answer["wanting"] == []
    assert forked.controller.finished(wanted)["outcome"] == outcome
    return answer


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_every_step_of_a_deployment_and_of_a_destroy(
    forked: Forked, controller: Controller, moment: str
) -> None:
    before = forked.kernel()
    whole: dict[str, Any] | None = None
    deaths = {"apply": 0, "destroy": 0}
    number = 0
    while True:
        died = False
        for wanted in (job(routed()), destroy()):
            controller.assign(wanted)
            if forked.run(wanted, (moment, number))["status"] == -signal.SIGKILL:
                died = True
                deaths[wanted["phase"]] += 1
                answer = end(forked, wanted)
                if wanted["phase"] == "destroy":
                    assert answer["files"] == []
            if wanted["phase"] == "apply":
                whole = whole or forked.kernel()
                assert forked.kernel() == whole != before
        assert forked.kernel() == before
        if not died:
            break
        number += 1
    assert deaths["apply"] >= 7
    assert deaths["destroy"] >= 3


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_no_longer_wanted_it_is_as_if_it_had_never_begun(
    forked: Forked, controller: Controller, moment: str
) -> None:
    before = forked.kernel()
    number = 0
    while True:
        wanted = controller.assign(job(routed()))
        if forked.run(wanted, (moment, number))["status"] != -signal.SIGKILL:
            break
        controller.jobs.clear()
        answer = forked.run(destroy())
        outcome = controller.finished(wanted)["outcome"]
        if outcome == "applied":  # the last record was on the disk already
            assert moment == "journal"
            end(forked, controller.assign(destroy()))
        else:
            assert (outcome, answer["wanting"]) == ("undone", [])
        assert forked.kernel() == before
        number += 1
    assert number >= 3
    end(forked, controller.assign(destroy()))
    assert forked.kernel() == before


def test_foreign_things_of_the_same_names_survive_it_all(
    forked: Forked, controller: Controller
) -> None:
    decoys = [
        ["ip", "link", "add", "br0x", "type", "bridge"],
        ["ip", "link", "add", "tlvc9", "type", "veth", "peer", "name", "tlvc9b"],
        ["ip", "netns", "add", f"{LAB}-c9"],
        ["nft", "add", "table", "inet", f"trunkline-{LAB}x"],
    ]
    for decoy in decoys:
        forked.hypervisor.do(decoy)
    before = forked.kernel()
    wanted = controller.assign(job(routed()))
    forked.run(wanted, ("effect", 3))
    end(forked, wanted)
    last = controller.assign(destroy())
    forked.run(last, ("effect", 1))
    end(forked, last)
    assert forked.kernel() == before
    for undo in (
        ["ip", "link", "del", "br0x"],
        ["ip", "link", "del", "tlvc9"],
        ["ip", "netns", "del", f"{LAB}-c9"],
        ["nft", "delete", "table", "inet", f"trunkline-{LAB}x"],
    ):
        forked.hypervisor.do(undo)
