"""A sandbox hypervisor with a kernel of its own: it has VLANs where this machine's has none."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tasks.sandbox import addresses
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.hypervisor import Hypervisor
from tasks.sandbox.switch import Switch
from tasks.sandbox.user_mode.machine import UserModeMachine

MEMORY_MIB = 1024
"""Taken from the real machine only as it is used: 100 MiB for agent and libvirtd, 150 per VM."""


class UserModeHypervisor(UserModeMachine, Hypervisor):
    """User-mode Linux on the sandbox's switch. Starts in seconds; 8021q is not loaded at boot."""

    is_slow = True

    def __init__(self, name: str, index: int, path: Path, cache_dir: Path) -> None:
        # libvirt finds another processor and kernel here: what it learns about QEMU is kept apart.
        Hypervisor.__init__(self, index, path, cache_dir / "user-mode")
        UserModeMachine.__init__(
            self,
            name,
            path,
            memory_mib=MEMORY_MIB,
            taps=(f"mgmt{index}", f"seg{index}", f"bare{index}"),
            addresses={
                "eth0": f"{self.mgmt_address}/{addresses.MGMT_PREFIX}",
                "eth1": f"{self.underlay_address}/{addresses.UNDERLAY_PREFIX}",
                "eth2": None,
            },
        )

    def power_on(self, switch: Switch, *, libvirt: bool) -> None:
        """Boot its kernel and wait until it takes commands."""
        self.folders = tuple(self.prepare_folders())
        self.network = switch
        self.launch()
        try:
            switch.join(self.index)
            self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def in_network(self, argv: Sequence[str], *, stdin: str = "") -> str:
        """Run a program inside that must succeed and return what it printed."""
        return self.do(argv, stdin=stdin)

    def pids(self) -> list[int]:
        """Every process inside, as its own kernel counts them."""
        done = self.run(["ls", "/proc"], stdout=subprocess.PIPE, text=True, check=True)
        return sorted(int(name) for name in done.stdout.split() if name.isdigit())

    @property
    def root_path(self) -> Path:
        """Its mounts are its own kernel's: nothing outside can see them."""
        raise SandboxError(f"{self.name} has a kernel of its own: look at its files by run()")

    @property
    def libvirt_uri_outside(self) -> str:
        """Its sockets are its own kernel's: no program outside can connect to them."""
        raise SandboxError(f"{self.name} has a kernel of its own: ask its libvirt by run()")
