"""`make up` as a user meets it: a box with an address, and nothing left however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.sandbox.user_mode import kernel

pytestmark = [pytest.mark.kernel, pytest.mark.libvirt]

_START = 150.0  # s, on a machine busy with other tests; about 8 s alone


class Terminal:
    """Runs the supervisor and reads what it prints."""

    def __init__(self, var: Path, user_mode: int = 0) -> None:
        self.var = var
        argv = [sys.executable, "-m", "tasks.sandbox", "up", "--var", str(var), "--port", "18300"]
        argv += ["--hypervisors", "2", "--user-mode", str(user_mode)]
        environment = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
        self.process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.text = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text += line

    def until(self, pattern: str, seconds: float = _START) -> re.Match[str]:
        deadline = time.monotonic() + seconds
        while (found := re.search(pattern, self.text)) is None:
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.text}"
            assert self.process.poll() is None, f"it ended without {pattern!r}:\n{self.text}"
            time.sleep(0.05)
        return found

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(60)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    running = Terminal(tmp_path / "var")
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def _of(var: Path) -> dict[int, str]:
    """Every process that names the folder, in its command line or environment."""
    found = {}
    for entry in os.listdir("/proc"):
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes()
            around = Path(f"/proc/{entry}/environ").read_bytes() if entry.isdigit() else b""
        except OSError:
            continue
        if entry.isdigit() and str(var).encode() in words + around:
            found[int(entry)] = words.replace(b"\0", b" ").decode()
    return found


def _pid(var: Path, words: str) -> int:
    """The innermost process whose command has these words: the program, not who stands in."""
    pids = [pid for pid, command in _of(var).items() if words in command]
    return max(pid for pid in pids if "inside.py" not in _of(var).get(pid, "inside.py"))


def _until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it never came to be: {what}"
        time.sleep(0.05)


def _gone(var: Path) -> None:
    """Every process of it, sooner or later."""
    deadline = time.monotonic() + 60
    while left := _of(var):
        assert time.monotonic() < deadline, f"left: {left}"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _links() -> str:
    return subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_everything_comes_up_and_nothing_is_left(
    terminal: Terminal, number: signal.Signals
) -> None:
    before, mounts = _links(), Path("/proc/self/mounts").read_text()
    url = terminal.until(r"address +(http://127\.0\.0\.1:\d+)")[1]
    assert terminal.until(r"password +(\S+)")[1]
    assert terminal.until(r"hypervisors  hv1, hv2")
    assert _answers(url)
    for hypervisor in ("hv1", "hv2"):
        assert "Connected to" in (terminal.var / f"log/agent-{hypervisor}.log").read_text()
        assert (terminal.var / f"sandbox/{hypervisor}/state/credential.json").exists()

    status = terminal.end(number)
    assert status == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    _gone(terminal.var)
    _until(lambda: not _answers(url), "nobody listens any more")
    _until(lambda: _links() == before, "every link is gone")
    _until(lambda: Path("/proc/self/mounts").read_text() == mounts, "every mount is gone")

    if number == signal.SIGKILL:  # what was left is no trouble
        again = Terminal(terminal.var)
        try:
            again.until(r"address +http")
        finally:
            assert again.end(signal.SIGTERM) == 0
        _gone(terminal.var)


def test_what_dies_is_named_and_started_again(terminal: Terminal) -> None:
    url = terminal.until(r"address +(http://127\.0\.0\.1:\d+)")[1]

    os.kill(_pid(terminal.var, "uvicorn"), signal.SIGKILL)
    terminal.until(r"web was killed by SIGKILL\n  The end of .*web\.log:\n")
    _until(lambda: _answers(url), "the web server is back")

    config = str(terminal.var / "sandbox/hv1/state/agent.yaml")
    first = _pid(terminal.var, config)
    os.kill(first, signal.SIGKILL)
    terminal.until(r"agent of hv1 was killed by SIGKILL")
    _until(
        lambda: any(
            config in command and pid != first for pid, command in _of(terminal.var).items()
        ),
        "the agent is back",
    )

    holder = _kill_holder(terminal.var, "hv2")
    terminal.until(r"hv2 has died\. Starting it again in 1 s")
    _until(lambda: _pid_of_holder(terminal.var, "hv2") not in (0, holder), "hv2 is back")
    config = str(terminal.var / "sandbox/hv2/state/agent.yaml")
    _until(lambda: any(config in command for command in _of(terminal.var).values()), "its agent")


@pytest.mark.skipif(not kernel.MODULES.is_dir(), reason="user-mode-linux is not installed")
@pytest.mark.timeout(600)
def test_one_with_a_kernel_of_its_own_comes_later_and_comes_back(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "var", user_mode=1)
    try:
        terminal.until(r"to come +uml1, with kernels of their own")
        terminal.until(r"uml1 is there \(")
        log = terminal.var / "log/agent-uml1.log"
        assert "Connected to" in log.read_text()
        kernels = [pid for pid, command in _of(terminal.var).items() if " umid=" in command]
        os.kill(min(kernels), signal.SIGKILL)  # the others are what it runs
        terminal.until(r"uml1 has died\. Starting it again in 1 s")
        terminal.until(r"uml1 runs again\.")
        before = log.with_suffix(".before.log")
        _until(lambda: before.exists() and "Connected to" in log.read_text(), "its agent", _START)
    finally:
        terminal.end(signal.SIGKILL)
    _gone(terminal.var)


def _pid_of_holder(var: Path, hypervisor: str) -> int:
    pids = [
        pid
        for pid, command in _of(var).items()
        if "inside.py hold" in command and f" {hypervisor} yes " in command
    ]
    return min(pids, default=0)


def _kill_holder(var: Path, hypervisor: str) -> int:
    holder = _pid_of_holder(var, hypervisor)
    assert holder, f"{hypervisor} has no holder"  # 0 would be ourselves
    os.kill(holder, signal.SIGKILL)
    return holder


def test_a_second_start_over_the_same_folder_is_refused(terminal: Terminal) -> None:
    terminal.until(r"Redis: ")
    second = Terminal(terminal.var)
    assert second.process.wait(30) == 1
    second.end(signal.SIGTERM)
    assert f"is used by another sandbox (process {terminal.process.pid})" in second.text


def test_the_end_of_make_ends_it(tmp_path: Path) -> None:
    var = tmp_path / "var"
    argv = [sys.executable, "-m", "tasks.sandbox", "up", "--var", str(var), "--port", "18400"]
    make = f"import subprocess; subprocess.run({argv!r}, env={{**__import__('os').environ}})"
    with subprocess.Popen(
        [sys.executable, "-c", make],
        env={**os.environ, "MAKELEVEL": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as parent:
        _until(lambda: len(_of(var)) > 2, "it is starting")
        parent.kill()
    _gone(var)
