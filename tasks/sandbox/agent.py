"""The agent of one sandbox hypervisor, enrolled and run as on a real machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.sandbox import paths, service
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.hypervisor import Hypervisor


class Agent(service.Service):
    """`python -m tasks.agent` inside a hypervisor. `enrol` once, then start and stop at will.

    `start` waits for the controller; `launch` starts an agent that may find none.
    """

    def __init__(self, hypervisor: Hypervisor, log: Path) -> None:
        super().__init__(f"agent of {hypervisor.name}", log)
        self.hypervisor = hypervisor

    def enrol(self, controller: str, token: str) -> None:
        """Trade the one-time token for this hypervisor's own credential."""
        done = self.hypervisor.run(
            [
                sys.executable, "-m", "tasks.agent", "enrol",
                "--config", str(self.hypervisor.config_path),
                "--controller", controller,
                "--token", token,
            ],
            cwd=paths.CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()
            raise SandboxError(f"{self.hypervisor.name} could not be enrolled:\n{words}")

    def command(self) -> Sequence[str]:
        """What a real hypervisor's service file has."""
        config = str(self.hypervisor.config_path)
        return [sys.executable, "-m", "tasks.agent", "run", "--config", config]

    def is_ready(self) -> bool:
        """Whether the controller has let it in. It says so in its log, and nowhere else."""
        try:
            return "Connected to http" in self.log.read_text(errors="replace")
        except OSError:
            return False

    def spawn(self, log: Any) -> subprocess.Popen[Any]:
        """Inside the hypervisor, where everything ends with it."""
        return self.hypervisor.popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=paths.CHECKOUT,
            start_new_session=True,
        )
