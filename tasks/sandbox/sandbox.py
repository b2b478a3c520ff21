"""Any number of hypervisors on one machine, two wires between them, nothing left afterwards."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tasks.sandbox import addresses, paths, requirements
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.hypervisor import Hypervisor
from tasks.sandbox.lock import FolderLock
from tasks.sandbox.publish import Publisher
from tasks.sandbox.switch import Switch

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Sandbox:
    """Start and stop sandbox hypervisors; also a context manager.

    `base_dir` holds one folder per hypervisor and belongs to one sandbox at a time. `fresh`
    empties those folders first; without it hypervisors come back as after a power cut: with the
    files they had, and with no link, namespace, VM or process. `images` is a folder whose files
    every hypervisor may start VMs from. Everything ends with this process, however it ends.
    """

    def __init__(
        self,
        base_dir: Path,
        names: Sequence[str] = ("hv1", "hv2"),
        *,
        images: Path | None = None,
        fresh: bool = True,
        libvirt: bool = True,
        cache_dir: Path | None = None,
    ) -> None:
        _check_names(names)
        self.base_dir = Path(base_dir).resolve()
        self.switch = Switch()
        cache = paths.cache_dir() if cache_dir is None else cache_dir
        self.hypervisors = [
            Hypervisor(name, index, self.base_dir / name, cache)
            for index, name in enumerate(names, start=1)
        ]
        self.missing: list[requirements.Missing] = []
        """What this machine lacks, found by start(): sentences to show to the user."""
        self._images = images
        self._fresh = fresh
        self._want_libvirt = libvirt
        self._publisher: Publisher | None = None
        self._lock = FolderLock(self.base_dir)

    def __getitem__(self, name: str) -> Hypervisor:
        for hypervisor in self.hypervisors:
            if hypervisor.name == name:
                return hypervisor
        raise KeyError(name)

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Clean up what a killed run left, then start everything. About a second."""
        self.missing = requirements.missing()
        if stopping := [finding for finding in self.missing if finding.stops]:
            raise SandboxError("\n".join(str(finding) for finding in stopping))
        libvirt = self._want_libvirt and not any(finding.libvirt for finding in self.missing)
        self._lock.take()
        try:
            self.switch.start()
            if self._fresh:
                for hypervisor in self.hypervisors:
                    shutil.rmtree(hypervisor.path, ignore_errors=True)
            with ThreadPoolExecutor(max_workers=4) as pool:
                list(pool.map(lambda one: self._start_one(one, libvirt), self.hypervisors))
            self._publisher = Publisher(self.switch.netns_path)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that runs; files stay under `base_dir`. Calling it again does nothing."""
        if self._publisher is not None:
            self._publisher.stop()
            self._publisher = None
        for machine in (*self.hypervisors, self.switch):
            machine.stop()
        self._lock.release()

    def publish(self, port: int) -> tuple[str, int]:
        """Show 127.0.0.1:`port` of the real machine to the hypervisors; returns where."""
        if self._publisher is None:
            raise SandboxError("the sandbox is not running: call start() before publish()")
        return self._publisher.publish(port, addresses.CONTROLLER)

    def reboot(self, name: str) -> None:
        """Cut the power of one hypervisor and start it again with the files it had."""
        hypervisor = self[name]
        libvirt = hypervisor.has_libvirt
        hypervisor.stop()
        self._start_one(hypervisor, libvirt)

    def _start_one(self, hypervisor: Hypervisor, libvirt: bool) -> None:
        hypervisor.boot(libvirt=libvirt)
        self.switch.plug(hypervisor.index, hypervisor)
        hypervisor.wire_up()
        if self._images is not None:
            hypervisor.offer_images(self._images)
        if libvirt:
            hypervisor.start_libvirt()


def _check_names(names: Sequence[str]) -> None:
    if not names or len(names) > addresses.MOST_HYPERVISORS:
        raise SandboxError(
            f"{len(names)} hypervisors asked for: 1 to {addresses.MOST_HYPERVISORS} can be had"
        )
    for name in names:
        if not _NAME.fullmatch(name):
            raise SandboxError(
                f"hypervisor name {name!r}: use 1 to 32 of a-z, 0-9 and -, a letter first"
            )
    if len(set(names)) != len(names):
        raise SandboxError(f"hypervisor names {', '.join(names)}: each name only once")
