"""The agent as it is started on a hypervisor: the program, a real Redis, the real kernel."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import celery
import pytest

from designer.wire import TASK_DEPLOY, queue_of
from tasks.agent import credential
from tasks.sandbox import Hypervisor, Redis, Sandbox, paths
from tests.agent.controller import Controller, Job, until
from tests.agent.designs import LAB, destroy, job, lab_of

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    folder = tmp_path_factory.mktemp("redis")
    with Redis(folder, folder / "log") as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, redis: Redis) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), ("hv1",), libvirt=False) as running:
        running.publish(redis.port)
        yield running


@pytest.fixture
def hypervisor(sandbox: Sandbox, controller: Controller, redis: Redis) -> Hypervisor:
    """Enrolled with the controller of this test."""
    one = sandbox["hv1"]
    one.config_path.write_text(one.config_path.read_text().replace(one.libvirt_uri, ""))
    host, port = sandbox.publish(controller.port)
    mine = replace(
        controller.credential,
        controller=f"http://{host}:{port}",
        broker=redis.url.replace(f"127.0.0.1:{redis.port}", f"{host}:{redis.port}"),
    )
    credential.save(mine, one.state_dir)
    return one


def launch(hypervisor: Hypervisor, log: Path) -> subprocess.Popen[Any]:
    command = [sys.executable, "-m", "tasks.agent", "run", "--config", str(hypervisor.config_path)]
    with log.open("ab") as output:
        return hypervisor.popen(command, cwd=paths.CHECKOUT, stdout=output, stderr=output)


@pytest.fixture
def agent(
    hypervisor: Hypervisor, controller: Controller, tmp_path: Path
) -> Iterator[subprocess.Popen[Any]]:
    controller.assigned = False
    with launch(hypervisor, tmp_path / "log") as process:
        try:
            until(lambda: controller.hellos, within=30)
            yield process
        finally:
            process.kill()


@pytest.fixture
def call(redis: Redis) -> Iterator[Callable[[Job], None]]:
    """As the controller does."""
    app = celery.Celery("sender", broker=redis.url, set_as_current=False)

    def send(wanted: Job) -> None:
        app.send_task(
            TASK_DEPLOY,
            kwargs={
                "deployment": wanted["deployment"],
                "hypervisor": "hv-1",
                "generation": wanted["generation"],
            },
            queue=queue_of("hv-1"),
            ignore_result=True,
        )

    yield send
    app.close()


def test_from_a_message_to_pings_and_back_to_nothing(
    agent: subprocess.Popen[Any], hypervisor: Hypervisor, controller: Controller,
    call: Callable[[Job], None], tmp_path: Path,
) -> None:  # fmt: skip
    before = hypervisor.do(["ip", "-br", "link"])
    wanted = controller.assign(job(lab_of(2)))
    call(wanted)
    assert controller.finished(wanted, within=30)["outcome"] == "applied"
    ping = ["ip", "netns", "exec", f"{LAB}-c1", "ping", "-c1", "-W2"]
    hypervisor.do([*ping, "10.9.0.12"])
    hypervisor.do([*ping, "10.9.0.1"])

    began = time.monotonic()
    hypervisor.do(["ip", "link", "set", "br0", "type", "bridge", "stp_state", "1"])
    until(lambda: controller.statuses(LAB)["nodes/br0"]["state"] == "drift")
    assert time.monotonic() - began < 3
    hypervisor.do(["ip", "link", "set", "br0", "type", "bridge", "stp_state", "0"])
    until(lambda: controller.statuses(LAB)["nodes/br0"]["state"] == "ok")

    again = job(lab_of(2))
    second = launch(hypervisor, tmp_path / "second")
    assert second.wait(30) == 1
    assert "Another agent works in this state folder" in (tmp_path / "second").read_text()

    began = time.monotonic()
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(10) == 0
    assert time.monotonic() - began < 5
    assert "Traceback" not in (tmp_path / "log").read_text()

    # A message that comes while no agent runs waits for it.
    controller.assign(again)
    call(again)
    with launch(hypervisor, tmp_path / "log") as third:
        assert controller.finished(again, within=30)["writes"] == 0
        last = controller.assign(destroy())
        call(last)
        assert controller.finished(last, within=30)["outcome"] == "applied"
        assert hypervisor.do(["ip", "-br", "link"]) == before
        third.terminate()


def test_killed_and_started_again_under_ping_no_packet_is_lost(
    agent: subprocess.Popen[Any], hypervisor: Hypervisor, controller: Controller,
    call: Callable[[Job], None], tmp_path: Path,
) -> None:  # fmt: skip
    wanted = controller.assign(job(lab_of(2)))
    call(wanted)
    assert controller.finished(wanted, within=30)["outcome"] == "applied"
    ping = hypervisor.popen(
        ["ip", "netns", "exec", f"{LAB}-c1", "ping", "-i0.02", "-c200", "-W2", "10.9.0.12"],
        stdout=subprocess.PIPE,
        text=True,
    )
    agent.kill()
    agent.wait(10)
    hellos = len(controller.hellos)
    with launch(hypervisor, tmp_path / "log") as second:
        until(lambda: len(controller.hellos) > hellos, within=30)
        out, _ = ping.communicate(timeout=30)
        assert "200 received" in out
        last = controller.assign(destroy())
        call(last)
        assert controller.finished(last, within=30)["outcome"] == "applied"
        second.terminate()
        assert second.wait(10) == 0
