"""What every sandbox hypervisor is and has, whichever way it gets its kernel."""

from __future__ import annotations

import json
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.sandbox import addresses, libvirt_files
from tasks.sandbox.switch import Switch

_PRIVATE_FOLDERS = {
    "etc-libvirt": "/etc/libvirt",
    "lib-libvirt": "/var/lib/libvirt",
    "log-libvirt": "/var/log/libvirt",
}
_QEMU_PROBES = "/var/cache/libvirt"


class Hypervisor(ABC):
    """A hypervisor of the sandbox. Made and started by `Sandbox`; `run` and `popen` work inside.

    It is a machine with a network, libvirtd, QEMU and folders of its own. `path` is all it has on
    the real machine; `state_dir` is the agent's (0700: it will hold the agent's credential);
    `images_dir` is where disk images and kernels are taken from.
    """

    libvirt_uri = "qemu:///system"
    """libvirt as programs inside reach it."""
    is_slow = False
    """Whether each call into its kernel takes long."""

    name: str

    def __init__(self, index: int, path: Path, cache_dir: Path) -> None:
        self.index = index
        self.path = path
        self.cache_dir = cache_dir
        self.state_dir = path / "state"
        self.images_dir = self.state_dir / "images"
        self.config_path = self.state_dir / "agent.yaml"
        self.mgmt_address = addresses.mgmt(index)
        self.underlay_address = addresses.underlay(index)
        self.has_libvirt = False

    @abstractmethod
    def power_on(self, switch: Switch, *, libvirt: bool) -> None:
        """Boot it over its folders, wired to the switch, up to where libvirt can be started."""

    @abstractmethod
    def stop(self) -> None:
        """Cut its power and wait until nothing of it runs."""

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether its power is on."""

    @property
    @abstractmethod
    def root_path(self) -> Path:
        """Its file system as seen from outside, where that can be."""

    @property
    @abstractmethod
    def libvirt_uri_outside(self) -> str:
        """libvirt of this hypervisor as a program of the real machine reaches it, if it can."""

    @abstractmethod
    def run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[Any]:
        """subprocess.run inside this machine, with the same options and the same answers."""

    @abstractmethod
    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """subprocess.Popen inside this machine."""

    @abstractmethod
    def do(self, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
        """Run a program that must succeed and return what it printed."""

    @abstractmethod
    def in_network(self, argv: Sequence[str], *, stdin: str = "") -> str:
        """Run a program that sees this machine's network and must succeed."""

    @abstractmethod
    def pids(self) -> list[int]:
        """Every process inside. Numbers to compare with each other."""

    def prepare_folders(self) -> list[tuple[Path, str]]:
        """Make what it has on the real machine; (folder, where it appears inside) pairs."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self.state_dir.chmod(0o700)
        self.images_dir.mkdir(exist_ok=True)
        self._write_agent_config()
        for name in _PRIVATE_FOLDERS:
            (self.path / name).mkdir(exist_ok=True)
        probes = self.cache_dir / "libvirt"
        probes.mkdir(parents=True, exist_ok=True)
        libvirt_files.write(self.path / "etc-libvirt", self.name, few_questions=self.is_slow)
        binds = [(self.path / name, target) for name, target in _PRIVATE_FOLDERS.items()]
        return [*binds, (probes, _QEMU_PROBES)]

    def start_libvirt(self) -> None:
        """Start virtlogd and libvirtd. Both return only once they answer."""
        log, main = "/run/libvirt/virtlogd.pid", "/run/libvirt/libvirtd.pid"
        self.do(
            [
                *("sh", "-ec"),
                f"test -e {log} || virtlogd --daemon --pid-file {log}\n"
                f"libvirtd --daemon --pid-file {main}",
            ]
        )
        self.has_libvirt = True

    def stop_libvirt(self) -> None:
        """End libvirtd alone; its VMs run on, as on a real hypervisor."""
        pid_file = "/run/libvirt/libvirtd.pid"
        self.do(
            ["sh", "-c", f"kill $(cat {pid_file}); while [ -e {pid_file} ]; do sleep 0.05; done"]
        )
        self.has_libvirt = False

    def offer_images(self, images: Path) -> None:
        """Put the files of `images` where this hypervisor takes images from.

        Kernels and initrds are only ever read: a hard link does. Disks are copied, so that no VM
        here can change the disk another hypervisor starts from.
        """
        for image in sorted(images.iterdir()):
            if not image.is_file() or image.name.startswith("."):
                continue
            mine = self.images_dir / image.name
            if mine.exists() and _same(mine, image):
                continue
            mine.unlink(missing_ok=True)
            if image.suffix == ".qcow2":
                shutil.copy2(image, mine)
                continue
            try:
                mine.hardlink_to(image)
            except OSError:  # on another file system, or on one without hard links
                shutil.copy2(image, mine)

    def _write_agent_config(self) -> None:
        settings = {
            "name": self.name,
            "state_dir": str(self.state_dir),
            "images_dir": str(self.images_dir),
            "protected_nics": ["eth0"],
            "libvirt_uri": self.libvirt_uri,
        }
        lines = ["# What the agent of this hypervisor may know and touch. Written by the sandbox."]
        lines += [f"{key}: {json.dumps(value)}" for key, value in settings.items()]  # JSON is YAML
        self.config_path.write_text("\n".join(lines) + "\n")


def _same(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    return (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
