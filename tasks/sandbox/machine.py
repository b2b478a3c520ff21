"""One set of namespaces that ends with its supervisor: the ground under hypervisors and switch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.sandbox.errors import SandboxError

INSIDE = (sys.executable, "-I", "-S", str(Path(__file__).with_name("inside.py")))
"""The start of every command line of `inside.py`."""


class Machine:
    """PID, mount, network, UTS and IPC namespaces of their own, under one holder process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._launcher: subprocess.Popen[str] | None = None
        self._init_pid = 0

    @property
    def init_pid(self) -> int:
        """The PID, as the real machine sees it, of the process that is PID 1 inside."""
        if not self._init_pid:
            raise SandboxError(f"{self.name} is not running: call start() first")
        return self._init_pid

    @property
    def running(self) -> bool:
        """Whether its holder still lives."""
        return self._launcher is not None and self._launcher.poll() is None

    @property
    def netns_path(self) -> str:
        """A path to its network namespace, good for setns, pyroute2 and `nsenter --net=`."""
        return f"/proc/{self.init_pid}/ns/net"

    @property
    def root_path(self) -> Path:
        """Its file system as seen from outside: sockets under /run are reached through here."""
        return Path(f"/proc/{self.init_pid}/root")

    def hold(self, binds: Sequence[tuple[Path, str]] = ()) -> None:
        """Make the namespaces. `binds` are (folder, where it appears inside) pairs."""
        pairs = [part for source, target in binds for part in (str(source), target)]
        self._launcher = subprocess.Popen(
            [*INSIDE, "hold", str(os.getpid()), self.name, "yes", *pairs],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C in a terminal is for the supervisor alone
        )
        assert self._launcher.stdout is not None
        answer = self._launcher.stdout.readline().split()
        if not answer:
            _, words = self._launcher.communicate()
            self._launcher = None
            raise SandboxError(f"{self.name}: namespaces could not be made: {words.strip()}")
        self._init_pid = int(answer[0])

    def stop(self) -> None:
        """End every process inside and wait until the kernel has torn it all down."""
        if self._launcher is None:
            return
        self._launcher.terminate()
        self._launcher.communicate()
        self._launcher = None
        self._init_pid = 0

    def run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[Any]:
        """subprocess.run inside this machine, with the same options and the same answers."""
        return subprocess.run([*INSIDE, "enter", str(self.init_pid), *argv], **options)

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """subprocess.Popen inside this machine.

        Signals sent to the returned process reach the program, SIGKILL included, and its exit
        status is the program's own.
        """
        return subprocess.Popen([*INSIDE, "enter", str(self.init_pid), *argv], **options)

    def do(self, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
        """Run a program that must succeed and return what it printed."""
        done = self.run(argv, input=stdin, text=True, capture_output=True, timeout=timeout)
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()
            raise SandboxError(f"{self.name}: `{' '.join(argv)}` failed: {words}")
        return str(done.stdout)

    def in_network(self, argv: Sequence[str], *, stdin: str = "") -> str:
        """Run a program of the real machine that sees only this machine's network."""
        done = subprocess.run(
            ["nsenter", f"--net={self.netns_path}", *argv],
            input=stdin,
            text=True,
            capture_output=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise SandboxError(f"{self.name}: `{' '.join(argv)}` failed: {done.stderr.strip()}")
        return done.stdout

    def pids(self) -> list[int]:
        """Every process inside, as PIDs of the real machine."""
        mine = os.readlink(f"/proc/{self.init_pid}/ns/pid")
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    if os.readlink(f"/proc/{entry}/ns/pid") == mine:
                        found.append(int(entry))
                except OSError:
                    continue  # it ended while we looked
        return sorted(found)
