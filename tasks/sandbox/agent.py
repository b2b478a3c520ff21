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

_ENROL_AND_RUN = """\
import sys
from tasks.agent.__main__ import main
config, controller, token = sys.argv[1:]
enrol = ["enrol", "--config", config, "--controller", controller, "--token", token]
sys.exit(main(enrol) or main(["run", "--config", config]))
"""


class Agent(service.Service):
    """`python -m tasks.agent` inside a hypervisor. `enrol` once, then start and stop at will.

    `start` waits for the controller; `launch` starts an agent that may find none.
    """

    ready_within = 120.0  # a kernel of its own reads Python's modules a tenth as fast

    def __init__(self, hypervisor: Hypervisor, log: Path) -> None:
        super().__init__(f"agent of {hypervisor.name}", log)
        self.hypervisor = hypervisor
        self._enrol_first: tuple[str, str] | None = None

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
            timeout=120,
        )  # fmt: skip
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()
            raise SandboxError(f"{self.hypervisor.name} could not be enrolled:\n{words}")

    def enrol_and_start(self, controller: str, token: str) -> None:
        """`enrol` and `start` in one process, where loading the agent takes seconds."""
        self._enrol_first = controller, token
        try:
            self.start()
        finally:
            self._enrol_first = None

    def command(self) -> Sequence[str]:
        """What a real hypervisor's service file has."""
        config = str(self.hypervisor.config_path)
        if self._enrol_first is not None:
            return [sys.executable, "-c", _ENROL_AND_RUN, config, *self._enrol_first]
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
