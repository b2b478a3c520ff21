"""Guards: the watchdog as a process of its own, in a network of its own."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from designer.machine.resources import Bridge, Physical
from designer.machine.state import MachineState
from designer.planner import guarded, plan
from tasks.agent import rescue
from tasks.agent.errors import Unreachable
from tasks.agent.guard import CannotGuard, Guard, Guards, PutBack
from tests.drivers.ground import LAB, MARK, Ground, furnish, until

pytestmark = pytest.mark.kernel

BRIDGE = Bridge(name="br0", ipv6=False, stp=False, owner=LAB)
PORT = Physical(name="eth1", master="br0", owner=LAB)
DESIRED = MachineState.of([BRIDGE, PORT])


def reached(_: float) -> None:
    """A controller that answers."""


def unreached(seconds: float) -> None:
    """One that does not."""
    time.sleep(min(seconds, 0.05))
    raise Unreachable("nobody there")


def elsewhere(body: Callable[[Ground], None]) -> None:
    """Run the test's body in a network of its own, and what it starts too."""
    failure: list[BaseException] = []

    def run() -> None:
        ground = Ground()
        try:
            furnish()
            ground.sh("""
                link add eth1 type veth peer name wire
                link set eth1 up
                link set wire up
                address add 192.0.2.7/24 dev eth1
                route add default via 192.0.2.1
            """)
            body(ground)
        except BaseException as error:
            failure.append(error)
        finally:
            ground.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


def armed(ground: Ground, folder: Path, reach: Callable[[float], None], seconds: int) -> Guard:
    """The change is made under guard."""
    observed = ground.observe(DESIRED.resources)
    operations = plan(DESIRED, observed, LAB).operations
    assert guarded(operations, observed, LAB) == {1: "eth1"}
    guards = Guards(folder, seconds, reach)
    guard = guards.arm(LAB, MARK.deployment, observed.owned_by(LAB), observed, ["eth1"])
    ground.perform(*operations)
    return guard


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "rescue").glob("*"))


def default_by(ground: Ground) -> str:
    return str(ground.ip("route", "show", "default")[0]["dev"])


def watchdog(guard: Guard) -> int:
    return int(json.loads(guard.path.with_suffix(".armed").read_bytes())["pid"])


def test_confirmed_over_the_new_way_it_stays(tmp_path: Path) -> None:
    def body(ground: Ground) -> None:
        guard = armed(ground, tmp_path, reached, 30)
        process = watchdog(guard)
        assert rescue.is_watchdog(process)
        guard.confirm(lambda _: None)
        assert default_by(ground) == "br0"
        assert files(tmp_path) == []
        until(lambda: not rescue.is_watchdog(process))

    elsewhere(body)


def test_unconfirmed_it_is_put_back_with_what_the_kernel_dropped(tmp_path: Path) -> None:
    """Somebody sets the bridge down meanwhile, and its routes are gone."""
    said: list[str] = []

    def body(ground: Ground) -> None:
        guard = armed(ground, tmp_path, unreached, 1)
        ground.sh("link set br0 down")
        assert ground.ip("route") == []
        with pytest.raises(PutBack) as raised:
            guard.confirm(said.append)
        assert "could not be reached over the new configuration" in raised.value.words
        assert default_by(ground) == "eth1"
        assert [one["local"] for one in ground.ip("-4", "address", "show", "dev", "eth1")[0][
            "addr_info"]] == ["192.0.2.7"]  # fmt: skip
        assert "master" not in ground.link("eth1")
        assert files(tmp_path) == []

    elsewhere(body)
    assert re.fullmatch("waiting for the controller over the new path, [01] s left", said[0])


def test_nobody_asks_any_more_and_it_is_put_back(tmp_path: Path) -> None:
    """The agent is gone; whoever comes next learns what was done."""

    def body(ground: Ground) -> None:
        armed(ground, tmp_path, unreached, 1)
        until(lambda: default_by(ground) == "eth1")
        until(lambda: f"{LAB}.restored" in files(tmp_path))
        left = Guards(tmp_path, 1, reached).left(LAB)
        assert left is not None
        with pytest.raises(PutBack, match="eth1: put back, because the agent was ended"):
            left.settle(lambda _: None)
        assert files(tmp_path) == []

    elsewhere(body)


def test_an_agent_that_is_back_in_time_confirms(tmp_path: Path) -> None:
    def body(ground: Ground) -> None:
        armed(ground, tmp_path, unreached, 30)
        left = Guards(tmp_path, 30, reached).left(LAB)
        assert left is not None
        left.settle(lambda _: None)
        assert default_by(ground) == "br0"
        assert files(tmp_path) == []

    elsewhere(body)


def test_with_the_watchdog_killed_the_agent_puts_back(tmp_path: Path) -> None:
    def body(ground: Ground) -> None:
        guard = armed(ground, tmp_path, unreached, 1)
        subprocess.run(["kill", "-9", str(watchdog(guard))], check=True)
        with pytest.raises(PutBack):
            guard.confirm(lambda _: None)
        assert default_by(ground) == "eth1"

    elsewhere(body)


@pytest.fixture
def rebooted(tmp_path: Path) -> Guards:
    folder = tmp_path / "rescue"
    folder.mkdir()
    saved = {"lab": LAB, "boot": "of another start", "seconds": 30, "cards": ["eth1"]}
    (folder / f"{LAB}.json").write_text(json.dumps(saved))
    (folder / f"{LAB}.armed").write_text(json.dumps({"pid": 1, "deadline": 1e12}))
    return Guards(tmp_path, 30, reached)


def test_after_a_restart_of_the_machine_it_counts_as_not_confirmed(
    rebooted: Guards, tmp_path: Path
) -> None:
    left = rebooted.left(LAB)
    assert left is not None
    with pytest.raises(
        PutBack,
        match="eth1: put back, because the hypervisor was restarted before the change",
    ):
        left.settle(lambda _: None)
    assert files(tmp_path) == []


def test_without_a_watchdog_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.agent.guard.sys.executable", "/bin/false")
    guards = Guards(tmp_path, 30, reached)
    with pytest.raises(CannotGuard, match="it ended with 1"):
        guards.arm(LAB, "d", MachineState(), MachineState(), [])
    assert files(tmp_path) == []
