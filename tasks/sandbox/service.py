"""A program the sandbox runs: tied to us, with a log, asked before it is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.sandbox.errors import SandboxError
from tasks.sandbox.machine import INSIDE

_GRACE = 4.0  # s between SIGTERM and SIGKILL


class Service:
    """Start and stop one program; also a context manager.

    A subclass says what to run (`command`) and when it is ready (`is_ready`).
    """

    ready_within = 30.0
    """Seconds from start to `is_ready`."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.started_at = 0.0
        self._process: subprocess.Popen[Any] | None = None

    def command(self) -> Sequence[str]:
        """The program and its arguments."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """What its environment has besides ours."""
        return {}

    def is_ready(self) -> bool:
        """Whether it answers already."""
        return True

    def spawn(self, log: Any) -> subprocess.Popen[Any]:
        """Start the process. It ends when we end, however we end."""
        return subprocess.Popen(
            [*INSIDE, "tether", str(os.getpid()), *self.command()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.environment()},
            start_new_session=True,  # Ctrl-C in a terminal is for the supervisor alone
            **run_as_owner(),
        )

    def launch(self) -> None:
        """Start it without waiting until it answers. The log of the run before is kept beside."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".before.log"))
        with self.log.open("wb") as log:
            self._process = self.spawn(log)
        self.started_at = time.monotonic()

    def wait_ready(self) -> None:
        """Wait until it answers; raise with the last lines of its log when it does not."""
        deadline = self.started_at + self.ready_within
        while not self.is_ready():
            if (status := self.ended()) is not None:
                raise SandboxError(f"{self.name} {describe(status)}:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"{self.name} did not answer within {self.ready_within:.0f} s:\n"
                    f"{self.last_lines()}"
                )
            time.sleep(0.05)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def ended(self) -> int | None:
        """Its exit status (negative: the signal that killed it), or None while it runs."""
        return self._process.poll() if self._process else None

    @property
    def pid(self) -> int:
        """The process that stands in for it: signals sent to it reach the program."""
        if self._process is None:
            raise SandboxError(f"{self.name} is not running: call start() first")
        return self._process.pid

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """End it: ask, wait a little, kill. Calling it again does nothing."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, indented."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return "\n".join(f"    {line}" for line in lines[-count:]) or "    (its log is empty)"

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def describe(status: int) -> str:
    """An exit status in words."""
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"


def free_port(wanted: int = 0) -> int:
    """A free TCP port of 127.0.0.1: `wanted`, the next free one after it, or (0) any."""
    for port in range(wanted, wanted + 100) if wanted else (0,):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(attempt.getsockname()[1])
    raise SandboxError(f"no free port from {wanted} to {wanted + 99} on 127.0.0.1: name another")


def run_as_owner() -> dict[str, Any]:
    """Under sudo, what needs no root runs as the user who called sudo."""
    uid, gid = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if os.geteuid() != 0 or not uid or not gid or uid == "0":
        return {}
    return {"user": int(uid), "group": int(gid), "extra_groups": []}


def hand_to_owner(*paths: Path) -> None:
    """Make files and folders writable for those services that run as the calling user."""
    owner = run_as_owner()
    for path in paths if owner else ():
        os.chown(path, owner["user"], owner["group"])
