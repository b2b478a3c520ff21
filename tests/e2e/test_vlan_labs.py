"""The VLAN labs on kernels with 802.1Q: deployed, proved by their own checks, and looked at by us.

The product runs the checks that are drawn; a sample of them is verified here with pings of our
own, and the tags with frames captured on the segment.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import designer.files
from designer.topology import document
from designer.topology.design import Design
from tests.e2e.product import Machine, Product, eventually

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.libvirt,
    pytest.mark.own_kernel,
    pytest.mark.timeout(900),
]

FILES = Path(designer.files.__file__).parent / "builtin"


class Trial:
    """Labs deployed for one test, and the machines that they stand on."""

    def __init__(self, product: Product, machines: list[Machine], folder: Path) -> None:
        self.product = product
        self.machines = machines
        self.names: dict[str, None] = {}
        self._folder = folder

    def deploy(self, design: Design, *arguments: str, expect: int = 0) -> Any:
        """Deploy a design and wait until it stands and its checks are answered."""
        file = self._folder / "lab.yaml"
        file.write_text(designer.files.dump_yaml(design))
        self.names.setdefault(design.name)
        return self.product.lab("deploy", str(file), "--wait", *arguments, expect=expect)

    def checked(self, design: Design) -> dict[str, str]:
        """The product's answer to every check that is drawn, by its id."""
        statuses = self.product.lab("status", design.name, expect=None)["statuses"]
        return {id: statuses[f"checks/{id}"]["state"] for id in design.checks}

    def proves(self, design: Design) -> None:
        """Deploy it; every check must hold."""
        self.deploy(design)
        answers = self.checked(design)
        assert answers
        assert set(answers.values()) == {"ok"}, answers

    def on(self, node: str) -> tuple[Machine, str]:
        """The machine that a container, router or VM stands on, and its name there: TAG-NODE."""
        for machine in self.machines:
            names = [one["name"] for one in machine.ip("netns", "list")] + machine.domains()
            for name in names:
                if name.partition("-")[2] == node:
                    return machine, name
        raise AssertionError(f"{node} stands nowhere")

    def reaches(self, node: str, address: str) -> bool:
        """A ping of our own from a container, or from inside a VM."""
        machine, name = self.on(node)
        if name not in machine.domains():
            return machine.ping(address, node=node)
        command = {"path": "ping", "arg": ["-c", "2", "-W", "1", address], "capture-output": True}
        started = self._in_guest(machine, name, "guest-exec", command)

        def ended() -> Any:
            done = self._in_guest(machine, name, "guest-exec-status", {"pid": started["pid"]})
            return done if done["exited"] else None

        return bool(eventually(ended, within=60, what="the ping in the guest")["exitcode"] == 0)

    @staticmethod
    def _in_guest(machine: Machine, domain: str, execute: str, arguments: Any) -> Any:
        command = json.dumps({"execute": execute, "arguments": arguments})
        answer = machine.command("virsh", "-q", "qemu-agent-command", domain, command)
        return json.loads(answer.stdout)["return"]


def inventories(machines: list[Machine]) -> list[dict[str, Any]]:
    """All at once: each has a processor of its own, and takes seconds."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(Machine.inventory, machines))


@pytest.fixture(scope="module")
def machines(product: Product) -> list[Machine]:
    return [Machine(one) for one in product.with_vlans(3)]


@pytest.fixture(scope="module")
def before(machines: list[Machine]) -> list[dict[str, Any]]:
    """What the machines were like before the first of these tests."""
    return inventories(machines)


@pytest.fixture
def trial(
    product: Product, machines: list[Machine], before: list[dict[str, Any]], tmp_path: Path
) -> Iterator[Trial]:
    """Everything that a test deployed is destroyed, and the machines are then as before."""
    running = Trial(product, machines, tmp_path)
    yield running
    for name in running.names:
        product.lab("destroy", name, "--wait")
    eventually(
        lambda: inventories(machines) == before,
        what="machines as they were",
    )


def lab(slug: str) -> Design:
    return designer.files.load((FILES / f"{slug}.yaml").read_text())


@contextmanager
def captured(product: Product) -> Iterator[Callable[[], list[tuple[int, str]]]]:
    """The 802.1Q frames that cross the segment meanwhile: the VLAN of each, and what it carries."""
    assert product.up.sandbox is not None
    argv = ["tcpdump", "-n", "-e", "-l", "-i", "segment", "vlan"]
    netns = f"--net={product.up.sandbox.switch.netns_path}"
    lines: list[str] = []
    with subprocess.Popen(
        ["nsenter", netns, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "listening on" not in process.stderr.readline():
            assert process.poll() is None, "tcpdump does not run"
        reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
        reader.start()
        try:
            yield lambda: [
                (int(found[1]), line) for line in list(lines)
                if (found := re.search(r"\bvlan (\d+)\b", line))
            ]  # fmt: skip
        finally:
            process.terminate()
            reader.join()


def test_vlans_on_one_host(trial: Trial) -> None:
    trial.proves(lab("vlan-one-host"))
    assert trial.reaches("vm2", "10.0.0.3")
    assert not trial.reaches("vm1", "10.0.0.2")


def test_a_trunk_between_two_hosts(trial: Trial) -> None:
    design = lab("vlan-trunk")
    trial.proves(design)
    with captured(trial.product) as frames:
        assert trial.reaches("vm1", "10.0.0.3")
        assert trial.reaches("vm2", "10.0.0.4")
        assert not trial.reaches("vm1", "10.0.0.4")
        eventually(lambda: {10, 20} <= {vlan for vlan, _ in frames()}, what="both tags")
        echoes = {
            (vlan, pair)
            for vlan, line in frames()
            for pair in re.findall(r"(10\.0\.0\.\d) > (10\.0\.0\.\d): ICMP echo request", line)
        }
    assert echoes == {(10, ("10.0.0.1", "10.0.0.3")), (20, ("10.0.0.2", "10.0.0.4"))}


def test_a_gateway_between_vlans_and_the_outside(trial: Trial) -> None:
    trial.proves(lab("vlan-gateway"))
    assert trial.reaches("vm1", "198.51.100.10")
    assert trial.reaches("vm2", "10.0.10.13")
    assert not trial.reaches("server", "10.0.10.11")
    machine, gateway = trial.on("gw")
    links = {link["ifname"]: link for link in machine.ip("link", netns=gateway)}
    assert links["eth1.10"]["linkinfo"]["info_data"]["id"] == 10
    assert links["eth1.20"]["linkinfo"]["info_data"]["id"] == 20

    apart = kept_apart(lab("vlan-gateway"))  # one edit of the running lab
    trial.proves(apart)
    assert trial.reaches("vm1", "198.51.100.10")
    assert not trial.reaches("vm2", "10.0.10.13")


def kept_apart(design: Design) -> Design:
    """The gateway's lab where the design says that the VLANs shall not reach each other."""
    gateway = replace(design.nodes["gw"], isolate=("eth1.10", "eth1.20"))  # type: ignore[call-arg]
    across = ({"vm1", "vm4"}, {"vm2", "vm3"})
    checks = {
        id: replace(check, expect="no-reach") if {check.source, check.target} in across else check
        for id, check in design.checks.items()
    }
    return replace(design, nodes={**design.nodes, "gw": gateway}, checks=checks)


def test_vlan_aware_bridges(trial: Trial) -> None:
    trial.proves(lab("vlan-aware"))
    for machine in trial.machines[:2]:
        ports = json.loads(machine.command("bridge", "-j", "vlan", "show").stdout)
        assert ports
        assert all(vlan["vlan"] != 1 for port in ports for vlan in port["vlans"])


def test_one_host_of_each_kind_on_one_trunk(trial: Trial) -> None:
    trial.proves(lab("vlan-mixed"))
    with captured(trial.product) as frames:
        assert trial.reaches("c1", "10.0.0.3")
        eventually(lambda: 10 in {vlan for vlan, _ in frames()}, what="the tag")


def test_the_same_addresses_in_two_vlans(trial: Trial) -> None:
    trial.proves(lab("vlan-same-addresses"))


def test_a_vlan_comes_and_goes_and_the_others_lose_nothing(trial: Trial) -> None:
    """A third VLAN on both ends of a running trunk, and away again, under pings in the others."""
    small = lab("vlan-mixed")
    large = with_vlan_30(small)
    trial.proves(small)
    machine, namespace = trial.on("c1")
    argv = ["ip", "netns", "exec", namespace, "ping", "-n", "-i", "0.2", "10.0.0.3"]
    pinging = machine.hypervisor.popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        trial.proves(large)
        assert trial.reaches("c5", "10.0.0.6")
        trial.proves(small)
    finally:
        pinging.send_signal(2)
        said, _ = pinging.communicate(timeout=30)
    found = re.search(r"(\d+) packets transmitted, (\d+) received", said)
    assert found, said
    sent, received = int(found[1]), int(found[2])
    assert sent > 20
    assert sent - received <= 1, said  # the last may still be on its way


def with_vlan_30(design: Design) -> Design:
    """VLAN 30 on both ends of the mixed lab: a bridge of its own here, an access port there."""
    text = document.write(design)
    nodes, interfaces, links = text["nodes"], text["interfaces"], text["links"]
    nodes["trunk1"]["vlans"] = nodes["trunk2"]["vlans"] = [10, 20, 30]
    nodes["vlan30-1"] = {"kind": "bridge", "host": "h1", "name": "brvlan-30"}
    for node, host, address in (("c5", "h1", "10.0.0.5/24"), ("c6", "h2", "10.0.0.6/24")):
        nodes[node] = {"kind": "container", "host": host}
        interfaces[f"{node}:eth0"] = {"node": node, "addresses": [address]}
    interfaces["trunk1:30"] = {"node": "trunk1", "vlan": 30}
    interfaces["vlan30-1:p1"] = {"node": "vlan30-1"}
    interfaces["vlan30-1:p2"] = {"node": "vlan30-1"}
    interfaces["br2:p30"] = {"node": "br2", "vlan": 30}
    links["trunk1-vlan30"] = {"a": "trunk1:30", "b": "vlan30-1:p1"}
    links["c5-vlan30"] = {"a": "c5:eth0", "b": "vlan30-1:p2"}
    links["c6-br2"] = {"a": "c6:eth0", "b": "br2:p30"}
    text["checks"]["c5-c6"] = {"source": "c5", "target": "c6"}
    return document.read(text)
