"""The libvirt driver: observe domains and networks, and perform operations on them.

Everything is idempotent: an operation that was carried out already, wholly or in part, succeeds
and leaves the same behind. What does not carry the lab's mark is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import libvirt

from designer.machine.marks import Mark
from designer.machine.resources import Domain, Key, Network
from designer.machine.state import NetworkFacts
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_.acceleration import Acceleration, decide
from tasks.drivers.libvirt_.connection import Connection
from tasks.drivers.libvirt_.consoles import Consoles
from tasks.drivers.libvirt_.copying import Copying
from tasks.drivers.libvirt_.disks import Disks
from tasks.drivers.libvirt_.domains import Domains
from tasks.drivers.libvirt_.events import LifecycleWatch
from tasks.drivers.libvirt_.failing import failed
from tasks.drivers.libvirt_.guests import Guests
from tasks.drivers.libvirt_.handles import Handles
from tasks.drivers.libvirt_.images import BadImage, Images
from tasks.drivers.libvirt_.leases import DNSMASQ, LeaseWatch
from tasks.drivers.libvirt_.lifecycle import Lifecycle
from tasks.drivers.libvirt_.networks import Networks
from tasks.drivers.libvirt_.observing import Observing
from tasks.drivers.libvirt_.starting import Starting

_STARTS, _STOPS = 4, 16
"""Threads. Starting gains nothing beyond four (QEMU's own work); stopping is mostly libvirt's
wait of 200 ms for each domain."""


class Libvirt:
    """``images_dir`` is where kernels and disk images are taken from; under ``state_dir`` the
    driver keeps overlays, console logs and what it found out about KVM. ``sysfs`` is the /sys of
    the network namespace that the VMs' taps are in."""

    def __init__(
        self,
        uri: str,
        images_dir: Path,
        state_dir: Path,
        *,
        sysfs: Path = Path("/sys"),
        dnsmasq: Path = DNSMASQ,
    ) -> None:
        self.uri = uri
        self.images = Images(Path(images_dir))
        self.state_dir = Path(state_dir)
        self.disks = Disks(self.state_dir)
        self._dnsmasq = dnsmasq
        self._connection = Connection(uri)
        self.guests = Guests(self._connection)
        self._networks = Networks(self._connection)
        self._observing = Observing(
            self._connection, self._networks, self.images, self.disks, sysfs
        )
        starting = Starting(Handles(self._connection))
        self._domains = Domains(
            self._connection, self._observing, starting, self.images, self.disks, self.acceleration
        )
        self.consoles = Consoles(uri, self.disks)
        self.lifecycle = Lifecycle(self._connection, starting)
        self.copying = Copying(self.lifecycle, self.disks, self.images)
        self._acceleration: Acceleration | None = None
        self._deciding = threading.Lock()  # many domains start at once, and one tries for all

    # What it is and can do

    def available(self) -> bool:
        """Whether a libvirtd answers."""
        return self.version() != ""

    def version(self) -> str:
        """libvirt's version, such as 9.0.0; empty where none answers."""
        try:
            number = self._connection.do(lambda connection: connection.getLibVersion(), wait=0)
        except libvirt.libvirtError:
            return ""
        return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"

    def acceleration(self) -> Acceleration:
        """KVM or emulation, found out once per boot by trying (it can take ten seconds)."""
        with self._deciding:
            if self._acceleration is None:
                self._acceleration = decide(self.state_dir, self._files())
            return self._acceleration

    def image_names(self) -> tuple[str, ...]:
        """The files that VMs can be started from, as designs name them."""
        folder = self.images.folder
        return tuple(sorted(str(path.relative_to(folder)) for path in self._files()))

    def disk_sizes(self) -> dict[str, int]:
        """The bytes of the disk in each of those files that is one."""
        folder = self.images.folder
        sizes = {
            str(path.relative_to(folder)): self.images.disk_size(path) for path in self._files()
        }
        return {name: size for name, size in sorted(sizes.items()) if size}

    def has_networks(self) -> bool:
        """Whether it can make networks."""
        return self._networks.usable()

    def networks(self) -> tuple[NetworkFacts, ...]:
        """Every network that it has, whoever made it."""
        return self._networks.facts()

    def close(self) -> None:
        self.consoles.close()
        self._connection.close()

    # Observe

    def observe(self, lab: str, keys: Collection[Key] = ()) -> list[Domain]:
        """Every domain of the lab, and whatever stands under those keys. Raises libvirtError."""
        return self._observing.observe(lab, keys)

    def observe_networks(self, lab: str, keys: Collection[Key] = ()) -> list[Network]:
        """Every network of the lab, and whatever stands under those keys. Raises libvirtError."""
        return self._networks.observe(lab, keys)

    def images_in_use(self) -> set[str]:
        """The SHA-256 of each library image that a domain of ours has, whatever its lab. Raises
        libvirtError."""
        return self._observing.images_in_use()

    def watch(self, on_change: Callable[[], None]) -> LifecycleWatch:
        """Call back, from a thread of its own, when domains or networks may have changed;
        ``close()`` it."""
        return LifecycleWatch(self.uri, on_change)

    def watch_leases(self, on_change: Callable[[], None]) -> LeaseWatch:
        """Call back, from a thread of its own, when a VM may have got a lease."""
        return LeaseWatch(
            self._dnsmasq,
            on_change,
            waiting=self._observing.waits_for_leases,
            all_leases=self._networks.all_leases,
        )

    # Perform

    def perform(self, operation: Operation, mark: Mark) -> None:
        """Carry out one operation on a domain or a network. Raises OperationFailed."""
        try:
            if operation.key[0] == "network":
                self._networks.perform(operation, mark)
                return
            match operation.action:
                case "create":
                    assert isinstance(operation.after, Domain)
                    self._domains.create(operation, operation.after, mark)
                case "change":
                    assert isinstance(operation.after, Domain)
                    self._domains.change(operation, operation.after, mark)
                case "delete":
                    self._domains.delete(operation, operation.key[1], mark)
        except libvirt.libvirtError as error:
            raise failed(operation, error) from error
        except BadImage as error:
            raise OperationFailed(operation, None, error.words, error.advice) from error
        except OSError as error:
            words = error.strerror or str(error)
            if error.filename:
                words = f"{error.filename}: {words}"
            raise OperationFailed(operation, error.errno, words) from error
        except ValueError as error:
            advice = "Change it in the drawing."
            raise OperationFailed(operation, errno.EINVAL, str(error), advice) from error

    def perform_many(self, operations: Sequence[Operation], mark: Mark) -> None:
        """Carry out operations, those of one kind and action at once, several at a time; networks
        one by one, as each may want what another has.

        All that were begun are finished before the first failure is raised; then no further
        action is begun.
        """
        if operations:
            self.disks.own_copies(mark.lab, mark)
            self.sweep(mark.lab)
        kinds = groupby(operations, key=lambda one: (one.key[0], one.action == "delete"))
        for (kind, stops), several in kinds:
            group = list(several)
            threads = 1 if kind == "network" else _STOPS if stops else _STARTS
            with ThreadPoolExecutor(threads, "libvirt") as pool:
                done: list[Future[None]] = [pool.submit(self.perform, one, mark) for one in group]
            for one in done:
                one.result()

    def sweep(self, lab: str, copies_for: Collection[str] | None = None) -> list[str]:
        """Remove the files of domains of the lab that somebody else undefined, and copies of disks
        but for these domains, or for any that are still to be made."""
        try:
            living = self._connection.do(
                lambda connection: {one.name() for one in connection.listAllDomains()}
            )
        except libvirt.libvirtError:
            return []
        return self.disks.sweep(lab, living, copies_for)

    def _files(self) -> Iterator[Path]:
        folder = self.images.folder
        with contextlib.suppress(OSError):
            for path in sorted(folder.rglob("*")):
                hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
                if path.is_file() and not hidden:
                    yield path
