"""The machine as its supervisor holds it: namespaces, a kernel in them, and commands into it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.sandbox import paths
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.machine import Machine
from tasks.sandbox.user_mode import registers
from tasks.sandbox.user_mode.kernel import find_kernel
from tasks.sandbox.user_mode.processors import PROCESSORS

_HERE = Path(__file__).parent
_PYTHON = (os.path.realpath(sys.executable), "-I", "-S")
_OUR_ADDRESS, _ITS_ADDRESS, _PREFIX = "198.19.255.1", "198.19.255.2", 30
"""The same pair on the tap of every machine: sockets are bound to the tap. RFC 2544, RFC 6890."""
_PORT = 22
_WIRE = "depth=64,gro=1"  # segmentation is left to the taps, as the real kernel's are set
_READY = "Commands are taken."
"""Printed on the console by guest.py."""

_LOADED_AT_BOOT = (
    *("overlay", "ipv6", "tun", "veth", "bridge", "vxlan", "dummy"),
    *("nf_tables", "nft_masq", "iptable_nat", "iptable_filter", "xt_MASQUERADE", "xt_conntrack"),
)
"""What labs need, VLANs apart: 8021q is for the plan to load, as on a real hypervisor."""


class UserModeMachine:
    """User-mode Linux on this machine's own files. `start`, then `run` and `popen` inside.

    `folder` is the machine's own: it alone can be written from inside and keeps what is written,
    and the console's log is in it. `taps` are made in `network` (by default a network namespace
    of the machine's own, `outside`), one for each of `nics`, which is what they are called
    inside; a NIC in `addresses` is up from the start, with that address (address/prefix) or none.
    `folders` are (folder of the real machine, where it appears inside) pairs, writable.
    Everything ends with this process, however it ends.
    """

    ready_within = 60.0
    """Seconds from start until it takes commands. Two, on a machine with nothing else to do."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        memory_mib: int = 768,
        taps: Sequence[str] = (),
        nics: Sequence[str] | None = None,
        addresses: Mapping[str, str | None] | None = None,
        network: Machine | None = None,
        folders: Sequence[tuple[Path, str]] = (),
    ) -> None:
        self.name = name
        self.folder = Path(folder).resolve()
        self.memory_mib = memory_mib
        self.taps = tuple(taps)
        self.nics = tuple(nics or (f"eth{number}" for number in range(len(taps))))
        self.addresses = dict(addresses or {})
        self.folders = tuple(folders)
        self.outside = Machine(name)
        """The namespaces its kernel runs in; its links are the real machine's."""
        self.network = network or self.outside
        """The machine in whose network namespace the taps are."""
        self._control = "ctl" + hashlib.sha256(name.encode()).hexdigest()[:12]
        self._kernel: subprocess.Popen[Any] | None = None
        self._processor: int | None = None

    def __enter__(self) -> UserModeMachine:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether its kernel still lives."""
        return self._kernel is not None and self._kernel.poll() is None

    @property
    def kernel_pid(self) -> int:
        """The process of the real machine that ends when the kernel does; SIGKILL cuts power."""
        if self._kernel is None:
            raise SandboxError(f"{self.name} is not running: call start() first")
        return self._kernel.pid

    @property
    def console(self) -> Path:
        """What its kernel and its first program said since the last start."""
        return self.folder / "console.log"

    def start(self) -> None:
        """Boot it and wait until it takes commands."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start its kernel without waiting for it."""
        program, modules = find_kernel()
        self.folder.mkdir(parents=True, exist_ok=True)
        for source, _ in self.folders:
            source.mkdir(parents=True, exist_ok=True)
        if self._processor is None:
            self._processor = PROCESSORS.take()
        settings = self._write_settings(program, modules)
        self.outside.hold()
        try:
            self._make_taps()
            network = os.open(self.network.netns_path, os.O_RDONLY)
            try:
                with self.console.open("wb") as log:
                    self._kernel = self.outside.popen(
                        [*_PYTHON, str(_HERE / "host.py"), str(settings), str(network)],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        pass_fds=[network],
                        start_new_session=True,
                        cwd="/",
                    )
            finally:
                os.close(network)
        except BaseException:
            self.stop()
            raise

    def wait_ready(self) -> None:
        """Wait until it takes commands; raise with the end of its console when it does not."""
        deadline = time.monotonic() + self.ready_within
        while _READY not in self.console.read_text(errors="replace"):
            if not self.running:
                raise SandboxError(f"{self.name} ended while it booted:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"{self.name} took no commands within {self.ready_within:.0f} s:\n"
                    f"{self._last_words()}"
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Cut its power and wait until nothing of it runs. Files stay. Again: does nothing."""
        if self._kernel is not None:
            self._kernel.kill()
            self._kernel.wait()
            self._kernel = None
        if self._processor is not None:
            PROCESSORS.give_back(self._processor)
            self._processor = None
        self.outside.stop()
        if self.network is not self.outside and self.network.running:
            self._remove_taps()

    def run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[Any]:
        """subprocess.run inside this machine, with the same options and the same answers."""
        return subprocess.run([*self._call(), *argv], **options)

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """subprocess.Popen inside this machine.

        Signals sent to the returned process reach the program, SIGKILL included, and its exit
        status is the program's own. A machine that loses its power ends it by SIGKILL.
        """
        return subprocess.Popen([*self._call(), *argv], **options)

    def do(self, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
        """Run a program that must succeed and return what it printed."""
        done = self.run(argv, input=stdin, text=True, capture_output=True, timeout=timeout)
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()
            raise SandboxError(f"{self.name}: `{' '.join(argv)}` failed: {words}")
        return str(done.stdout)

    def _call(self) -> list[str]:
        channel = [*_PYTHON, str(_HERE / "channel.py"), str(self._secret), self.network.netns_path]
        return [*channel, self._control, _ITS_ADDRESS, str(_PORT), str(self.kernel_pid)]

    @property
    def _secret(self) -> Path:
        return self.folder / "channel.secret"

    def _write_settings(self, program: str, modules: Path) -> Path:
        """What host.py and guest.py read. Only root may: the channel's secret is in it."""
        secret = secrets.token_hex(32)
        wires = (self._control, *self.taps)
        file = self.folder / "boot.json"
        settings = {
            "name": self.name,
            "writable": [str(self.folder), *(str(source) for source, _ in self.folders)],
            "modules_dir": str(modules),
            "processor": self._processor,
            "preload": str(registers.library(paths.cache_dir()) or ""),
            "kernel": [
                program,
                f"mem={self.memory_mib}M",
                f"umid={self._control}",
                *("rootfstype=hostfs", "rootflags=/", "rw", "con=null", "con0=fd:0,fd:1", "quiet"),
                *(
                    f"vec{number}:transport=tap,ifname={tap},mac={_mac(self.name, tap)},{_WIRE}"
                    for number, tap in enumerate(wires)
                ),
                f"init={_PYTHON[0]}",
            ],
            "init": ["--", *_PYTHON[1:], str(_HERE / "guest.py"), str(file)],
            "modules": _LOADED_AT_BOOT,
            "nics": self.nics,
            "addresses": self.addresses,
            "folders": [
                *((str(folder), str(folder)) for folder in (paths.CHECKOUT, self.folder)),
                *((str(source), target) for source, target in self.folders),
            ],
            "address": _ITS_ADDRESS,
            "prefix": _PREFIX,
            "port": _PORT,
            "secret": secret,
            "ready": _READY,
        }
        for path, text in ((self._secret, secret), (file, json.dumps(settings))):
            path.touch(0o600)
            path.chmod(0o600)
            path.write_text(text)
        return file

    def _make_taps(self) -> None:
        if self.network is not self.outside:
            self._remove_taps()  # a kernel that died left them
        lines = [f"tuntap add {tap} mode tap" for tap in (self._control, *self.taps)]
        lines += [f"link set {tap} up" for tap in (self._control, *self.taps)]
        lines += [f"address add {_OUR_ADDRESS}/{_PREFIX} dev {self._control}"]
        self.network.in_network(["ip", "-batch", "-"], stdin="\n".join([*lines, ""]))

    def _remove_taps(self) -> None:
        lines = [f"link delete {tap}" for tap in (self._control, *self.taps)]
        self.network.in_network(
            ["sh", "-c", "ip -force -batch - 2>/dev/null || true"], stdin="\n".join([*lines, ""])
        )

    def _last_words(self, count: int = 15) -> str:
        lines = self.console.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(f"    {line}" for line in lines) or "    (its console is empty)"


def _mac(*words: str) -> str:
    """The same at every start, and another for every tap of every machine."""
    digest = hashlib.sha256(" ".join(words).encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))  # 02: locally administered
