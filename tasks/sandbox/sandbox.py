"""Any number of hypervisors on one machine, two wires between them, nothing left afterwards."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tasks.sandbox import addresses, paths, requirements
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.hypervisor import Hypervisor
from tasks.sandbox.lock import FolderLock
from tasks.sandbox.namespace_hypervisor import NamespaceHypervisor
from tasks.sandbox.publish import Publisher
from tasks.sandbox.switch import Switch
from tasks.sandbox.user_mode import UserModeHypervisor

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Sandbox:
    """Start and stop sandbox hypervisors; also a context manager.

    `base_dir` holds one folder per hypervisor and belongs to one sandbox at a time. `fresh`
    empties those folders first; without it hypervisors come back as after a power cut: with the
    files they had, and with no link, namespace, VM or process. `images` is a folder whose files
    every hypervisor may start VMs from. Everything ends with this process, however it ends.

    `names` are hypervisors made of namespaces; those of `user_mode` have kernels of their own.
    More of these can be had later, by `add_user_mode`.
    """

    def __init__(
        self,
        base_dir: Path,
        names: Sequence[str] = ("hv1", "hv2"),
        *,
        user_mode: Sequence[str] = (),
        images: Path | None = None,
        fresh: bool = True,
        libvirt: bool = True,
        cache_dir: Path | None = None,
    ) -> None:
        _check_names(names, user_mode)
        self.base_dir = Path(base_dir).resolve()
        self.switch = Switch()
        self._cache_dir = paths.cache_dir() if cache_dir is None else cache_dir
        self.hypervisors: list[Hypervisor] = [
            NamespaceHypervisor(name, index, self.base_dir / name, self._cache_dir)
            for index, name in enumerate(names, start=1)
        ]
        self._adding = threading.Lock()
        self._user_mode_numbers: dict[str, int] = {}
        self._starting: list[UserModeHypervisor] = []
        self.hypervisors += [self._new_user_mode(name) for name in user_mode]
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
        self._lock.take()
        try:
            self.switch.start()
            with ThreadPoolExecutor(max_workers=4) as pool:
                list(pool.map(self._start_first, self.hypervisors))
            self._publisher = Publisher(self.switch.netns_path)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that runs; files stay under `base_dir`. Calling it again does nothing."""
        if self._publisher is not None:
            self._publisher.stop()
            self._publisher = None
        with self._adding:
            machines = [*self.hypervisors, *self._starting]
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda one: one.stop(), machines))
        self.switch.stop()
        self._lock.release()

    def publish(self, port: int) -> tuple[str, int]:
        """Show 127.0.0.1:`port` of the real machine to the hypervisors; returns where."""
        if self._publisher is None:
            raise SandboxError("the sandbox is not running: call start() before publish()")
        return self._publisher.publish(port, addresses.CONTROLLER)

    def add_user_mode(self, name: str) -> UserModeHypervisor:
        """Start one more hypervisor with a kernel of its own, beside those that run.

        A few seconds; several may start at once. It is one of `hypervisors` once it is there.
        """
        with self._adding:
            _check_names([one.name for one in (*self.hypervisors, *self._starting)], [name])
            hypervisor = self._new_user_mode(name)
            self._starting.append(hypervisor)
        try:
            self._start_first(hypervisor)
            with self._adding:
                if self._publisher is None:
                    raise SandboxError(f"the sandbox was stopped while {name} started")
                self.hypervisors.append(hypervisor)
        except BaseException:
            hypervisor.stop()
            raise
        finally:
            self._starting.remove(hypervisor)
        return hypervisor

    def reboot(self, name: str) -> None:
        """Cut the power of one hypervisor and start it again with the files it had."""
        hypervisor = self[name]
        hypervisor.stop()
        self._start_one(hypervisor)

    def _new_user_mode(self, name: str) -> UserModeHypervisor:
        numbers = self._user_mode_numbers
        index = addresses.user_mode_index(numbers.setdefault(name, len(numbers) + 1))
        return UserModeHypervisor(name, index, self.base_dir / name, self._cache_dir)

    def _start_first(self, hypervisor: Hypervisor) -> None:
        if self._fresh:
            shutil.rmtree(hypervisor.path, ignore_errors=True)
        self._start_one(hypervisor)

    def _start_one(self, hypervisor: Hypervisor) -> None:
        libvirt = self._want_libvirt and not any(finding.libvirt for finding in self.missing)
        hypervisor.power_on(self.switch, libvirt=libvirt)
        if self._images is not None:
            hypervisor.offer_images(self._images)
        if libvirt:
            hypervisor.start_libvirt()


def _check_names(names: Sequence[str], user_mode: Sequence[str]) -> None:
    together = (*names, *user_mode)
    most = addresses.MOST_HYPERVISORS
    for asked in (names, user_mode):
        if len(asked) > most:
            raise SandboxError(f"{len(asked)} hypervisors asked for: {most} of a kind can be had")
    for name in together:
        if not _NAME.fullmatch(name):
            raise SandboxError(
                f"hypervisor name {name!r}: use 1 to 32 of a-z, 0-9 and -, a letter first"
            )
    if len(set(together)) != len(together):
        raise SandboxError(f"hypervisor names {', '.join(together)}: each name only once")
