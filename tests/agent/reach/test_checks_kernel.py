"""Runs of checks on the real kernel: a lab's namespaces, and the drivers that agents have."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.wire import agent as wire
from tasks.agent.reach import Reach
from tasks.drivers import Machine, MachineConfig
from tests.agent.controller import until
from tests.agent.reach.places import spec, wanted
from tests.drivers.ground import MARK, Ground

pytestmark = pytest.mark.kernel


class Running:
    """An agent's part that tries, on the machine where the test is."""

    def __init__(self, machine: Machine) -> None:
        self.told: list[Any] = []
        self.reach = Reach(machine, self.told.append)

    def results(self, *checks: Any, run: str = "run-1") -> dict[str, Any]:
        self.reach.take(wanted(*checks, run=run))
        until(lambda: any(one["run"] == run and one["complete"] for one in list(self.told)), 60)
        return {
            one["id"]: one for event in self.told if event["run"] == run for one in event["results"]
        }


@contextlib.contextmanager
def a_lab(ground: Ground, folder: Path) -> Iterator[Running]:
    """Three containers on two bridges: a and b in one, c in the other with the same subnet."""
    ground.sh("""
        link add br0 up type bridge
        link add br1 up type bridge
        address add 10.0.0.1/24 dev br0
    """)
    for place, (name, bridge) in enumerate((("a", "br0"), ("b", "br0"), ("c", "br1")), start=2):
        ground.sh(f"""
            netns add {name}
            -n {name} link set lo up alias {MARK}
            link add {name}-0 type veth peer name eth0 netns {name}
            link set {name}-0 master {bridge} up
            -n {name} address add 10.0.0.{place}/24 dev eth0
            -n {name} address add fd00::{place}/64 dev eth0 nodad
            -n {name} link set eth0 up
        """)
    config = MachineConfig(name="hv", state_dir=folder, images_dir=folder)
    with contextlib.closing(Machine(config)) as machine:
        running = Running(machine)
        running.reach.start()
        yield running
        running.reach.stop()


def test_who_reaches_whom(ground: Ground, tmp_path: Path) -> None:
    with a_lab(ground, tmp_path) as running:
        results = running.results(
            spec("same", "a", "10.0.0.3"),
            spec("same6", "b", "fd00::2"),
            spec("host", "", "10.0.0.2", where="host"),
            spec("other", "a", "10.0.0.4", expect="no-reach"),
            spec("other6", "c", "fd00::2", expect="no-reach"),
            spec("wrong", "a", "10.0.0.3", expect="no-reach"),
            spec("lost", "a", "10.0.0.4", within=1),
            spec("nowhere", "d", "10.0.0.4"),
            spec("vm", "testlab1-vm", "10.0.0.4", where="domain"),
        )
    assert {id: one["state"] for id, one in results.items()} == {
        "same": "pass", "same6": "pass", "host": "pass",
        "other": "pass", "other6": "pass", "wrong": "fail",
        "lost": "fail", "nowhere": "unknown", "vm": "unknown",
    }  # fmt: skip
    assert results["same"]["rtt_ms"] > 0
    assert (results["other"]["sent"], results["other"]["received"]) == (3, 0)
    assert results["vm"]["detail"] == "This hypervisor has no libvirt."


def test_a_target_that_comes_later_is_reached(ground: Ground, tmp_path: Path) -> None:
    with a_lab(ground, tmp_path) as running:
        ground.sh("-n b address delete 10.0.0.3/24 dev eth0")
        running.reach.take(wanted(spec("late", "a", "10.0.0.3")))
        running.results(spec("lost", "a", "10.0.0.3", within=1), run="run-2")
        assert [one for one in running.told if one["run"] == "run-1"] == []
        ground.sh("-n b address add 10.0.0.3/24 dev eth0")
        until(lambda: running.told[-1]["run"] == "run-1" and running.told[-1]["complete"], 30)
        (late,) = running.told[-1]["results"]
    assert late["state"] == "pass"
    assert late["sent"] > 1


def test_a_namespace_that_is_removed_meanwhile_is_gone(ground: Ground, tmp_path: Path) -> None:
    with a_lab(ground, tmp_path) as running:
        running.reach.take(wanted(spec("c1", "c", "10.0.0.3")))
        ground.run("ip", "netns", "delete", "c")
        until(lambda: "c-0" not in ground.links())  # its other end: nothing holds it
        until(lambda: running.told and running.told[-1]["complete"])
        (result,) = running.told[-1]["results"]
    assert result["state"] == "unknown"
    assert "There is no network namespace c here" in result["detail"]


def test_a_forgotten_run_lets_go_at_once(ground: Ground, tmp_path: Path) -> None:
    with a_lab(ground, tmp_path) as running:
        running.reach.take(wanted(spec("c1", "c", "10.0.0.3")))
        running.reach.take(wire.Forget(run="run-1"))
        running.results(spec("c2", "a", "10.0.0.3"), run="run-2")
        ground.run("ip", "netns", "delete", "c")
        until(lambda: "c-0" not in ground.links())
    assert {one["run"] for one in running.told} == {"run-2"}


SERVE = """
import socket
servers = [socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)]
print("up", flush=True)
while True:
    servers[0].accept()[0].close()
"""


def test_who_accepts_connections(ground: Ground, tmp_path: Path) -> None:
    command = ["ip", "netns", "exec", "b", "python3", "-c", SERVE]
    with (
        a_lab(ground, tmp_path) as running,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "up\n"
            results = running.results(
                spec("open", "a", "10.0.0.3", port=80),
                spec("open6", "a", "fd00::3", port=80),
                spec("host", "", "10.0.0.3", port=80, where="host"),
                spec("closed", "a", "10.0.0.3", port=81, expect="no-reach"),
                spec("away", "a", "10.0.0.4", port=80, expect="no-reach"),
                spec("wrong", "a", "10.0.0.3", port=80, expect="no-reach"),
                spec("lost", "a", "10.0.0.3", port=81, within=1),
                spec("nowhere", "d", "10.0.0.3", port=80),
            )
        finally:
            server.kill()
    assert {id: one["state"] for id, one in results.items()} == {
        "open": "pass", "open6": "pass", "host": "pass", "closed": "pass", "away": "pass",
        "wrong": "fail", "lost": "fail", "nowhere": "unknown",
    }  # fmt: skip
    assert results["open"]["detail"].startswith("10.0.0.3 port 80 accepted a connection after ")
    assert results["closed"]["detail"] == (
        "10.0.0.3 port 81 accepted none of 3 connections (10.0.0.3: Connection refused)."
    )
    assert "port 81 accepted none of" in results["lost"]["detail"]
