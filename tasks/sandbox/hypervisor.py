"""One sandbox hypervisor: a machine with its own kernel network, libvirtd, QEMU and folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tasks.sandbox import addresses, libvirt_files
from tasks.sandbox.machine import Machine

_PRIVATE_FOLDERS = {
    "etc-libvirt": "/etc/libvirt",
    "lib-libvirt": "/var/lib/libvirt",
    "log-libvirt": "/var/log/libvirt",
}
_QEMU_PROBES = "/var/cache/libvirt"

_NETWORK = """\
link set lo up
address add {mgmt}/{mgmt_prefix} dev eth0
address add {underlay}/{underlay_prefix} dev eth1
link set eth0 up
link set eth1 mtu 1500 up
"""


class Hypervisor(Machine):
    """A hypervisor of the sandbox. Made and started by `Sandbox`; `run` and `popen` work inside.

    Folders: `path` is all it has on the real machine; `state_dir` is the agent's (0700: it will
    hold the agent's credential); `images_dir` is where disk images and kernels are taken from.
    """

    libvirt_uri = "qemu:///system"
    """libvirt as programs inside reach it."""

    def __init__(self, name: str, index: int, path: Path, cache_dir: Path) -> None:
        super().__init__(name)
        self.index = index
        self.path = path
        self.cache_dir = cache_dir
        self.state_dir = path / "state"
        self.images_dir = self.state_dir / "images"
        self.config_path = self.state_dir / "agent.yaml"
        self.mgmt_address = addresses.mgmt(index)
        self.underlay_address = addresses.underlay(index)
        self.has_libvirt = False

    @property
    def libvirt_uri_outside(self) -> str:
        """libvirt of this hypervisor as a program of the real machine reaches it."""
        return f"qemu+unix:///system?socket={self.root_path}/run/libvirt/libvirt-sock"

    def boot(self, *, libvirt: bool) -> None:
        """Make its namespaces over its folders. Wires come next, from the switch."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self.state_dir.chmod(0o700)
        self.images_dir.mkdir(exist_ok=True)
        self._write_agent_config()
        for name in _PRIVATE_FOLDERS:
            (self.path / name).mkdir(exist_ok=True)
        probes = self.cache_dir / "libvirt"
        probes.mkdir(parents=True, exist_ok=True)
        binds = [(self.path / name, target) for name, target in _PRIVATE_FOLDERS.items()]
        binds.append((probes, _QEMU_PROBES))
        if libvirt:
            # Debian's libvirt-daemon comes without them; libvirtd would make them by itself.
            for _, target in binds:
                Path(target).mkdir(parents=True, exist_ok=True)
        libvirt_files.write(self.path / "etc-libvirt", self.name)
        self.hold(binds if libvirt else ())

    def wire_up(self) -> None:
        """Address and raise the two NICs that the switch put in."""
        self.in_network(
            ["ip", "-batch", "-"],
            stdin=_NETWORK.format(
                mgmt=self.mgmt_address,
                mgmt_prefix=addresses.MGMT_PREFIX,
                underlay=self.underlay_address,
                underlay_prefix=addresses.UNDERLAY_PREFIX,
            ),
        )

    def start_libvirt(self) -> None:
        """Start virtlogd and libvirtd. Both return only once they answer."""
        if not (self.root_path / "run/libvirt/virtlogd.pid").exists():
            self.do(["virtlogd", "--daemon", "--pid-file", "/run/libvirt/virtlogd.pid"])
        self.do(["libvirtd", "--daemon", "--pid-file", "/run/libvirt/libvirtd.pid"])
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
