"""A hypervisor: its kernel and its libvirt behind one interface."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from designer.machine.marks import Mark
from designer.machine.resources import Domain, Key, Link, Network
from designer.machine.state import Inventory, MachineState, NetworkFacts
from designer.planner.operations import Operation
from designer.wire.console import ConsoleKind
from tasks.drivers.consoles import CannotOpen, Console
from tasks.drivers.errors import CannotAct, ObservationFailed, OperationFailed
from tasks.drivers.kernel import Kernel
from tasks.drivers.kernel.driver import KINDS, batches, kind_of
from tasks.drivers.library import Library, nearest
from tasks.drivers.managers import Managers
from tasks.drivers.reach import CannotTry, EchoSocket, ProbeSocket, Reach
from tasks.drivers.reach.frames import Reader

if TYPE_CHECKING:
    from tasks.drivers.libvirt_ import Libvirt
    from tasks.drivers.libvirt_.copying import Copying
    from tasks.drivers.libvirt_.guests import Ended, Guests
    from tasks.drivers.libvirt_.lifecycle import Lifecycle


_MIB = 1 << 20
_STEP = 256 * _MIB
"""Free space is told in steps, so that an inventory stays as it is while little happens."""


class Settings(Protocol):
    """What a machine has to be told; the agent's configuration is one."""

    @property
    def name(self) -> str: ...
    @property
    def state_dir(self) -> Path: ...
    @property
    def images_dir(self) -> Path: ...
    @property
    def protected_nics(self) -> Collection[str]: ...
    @property
    def libvirt_uri(self) -> str: ...
    @property
    def controller(self) -> str: ...
    @property
    def confirm_within(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineConfig:
    """Settings for who has no configuration file. Without ``libvirt_uri`` there are no VMs."""

    name: str
    state_dir: Path
    images_dir: Path
    protected_nics: tuple[str, ...] = ()
    libvirt_uri: str = ""
    controller: str = ""
    """The controller's host, by name or address."""
    confirm_within: int = 0


class Watch(Protocol):
    """A running watch."""

    def close(self) -> None:
        """Stop calling; calling it again does nothing."""


class Machine:
    """One hypervisor: the network namespace where it is made, and the libvirtd of its settings.

    Without libvirt, or with one that does not answer, all the rest works.
    """

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._protected = frozenset(config.protected_nics)
        self._kernel = Kernel(protected=self._protected)
        self._managers = Managers()
        self._reach = Reach(protected=self._protected)
        self._libvirt = _libvirt(config)
        self._library = Library(config.images_dir)

    def close(self) -> None:
        """Give threads, files and the connection back."""
        self._kernel.close()
        self._reach.close()
        if self._libvirt is not None:
            self._libvirt.close()

    def inventory(self, known: Inventory | None = None) -> Inventory:
        """What this hypervisor is, has and can do, found by trying; what its kernel can do is taken
        from what is ``known`` already, as trying takes most of the time."""
        found = self._kernel.inventory(self._config.name, self._config.controller, known)
        version = "" if self._libvirt is None else self._libvirt.version()
        can = {"libvirt": bool(version), "kvm": False, "network": False}
        networks: tuple[NetworkFacts, ...] = ()
        if self._libvirt is not None and version:
            can["kvm"] = self._libvirt.acceleration().kvm
            can["network"] = self._libvirt.has_networks()
            networks = self._libvirt.networks()
        total, free = self._disk()
        return replace(
            found,
            libvirt=version,
            features={**found.features, **can},
            images=self._images(),
            disks={} if self._libvirt is None else self._libvirt.disk_sizes(),
            networks=networks,
            confirm_within=self._config.confirm_within,
            library=self._library.contents(),
            disk=total,
            disk_free=free,
        )

    def _disk(self) -> tuple[int | None, int | None]:
        """MiB, all and free, of where there is less left: images or the VMs' own disks."""
        found = []
        for folder in (self._config.images_dir, self._config.state_dir):
            with contextlib.suppress(OSError):
                usage = shutil.disk_usage(nearest(folder))
                found.append((usage.free // _STEP * (_STEP // _MIB), usage.total // _MIB))
        free, total = min(found, default=(None, None))
        return total, free

    def _images(self) -> tuple[str, ...]:
        if self._libvirt is not None:
            return self._libvirt.image_names()
        with contextlib.suppress(OSError), os.scandir(self._config.images_dir) as entries:
            return tuple(
                sorted(
                    entry.name
                    for entry in entries
                    if entry.is_file() and not entry.name.startswith(".")
                )
            )
        return ()

    def observe(self, lab: str, keys: Collection[Key] = ()) -> MachineState:
        """All that the lab owns, and whatever else stands at those keys.

        Raises ObservationFailed where domains or networks are asked for and libvirt does not
        answer.
        """
        found = dict(self._kernel.observe(lab, keys).resources)
        if self._libvirt is not None:
            try:
                seen: list[Domain | Network] = [
                    *self._libvirt.observe_networks(lab, keys),
                    *self._libvirt.observe(lab, keys),
                ]
            except Exception as error:  # libvirtError, which is not to be imported without need
                if any(key[0] in ("domain", "network") for key in keys):
                    raise ObservationFailed(
                        f"libvirt at {self._config.libvirt_uri} does not answer: {error}"
                    ) from error
                seen = []
            found.update((one.key, one) for one in seen)
        found.update((image.key, image) for image in self._library.observe(keys))
        return MachineState(found)

    def batches(self, operations: Sequence[Operation]) -> Iterator[slice]:
        """Consecutive operations that go down together."""
        return batches(operations)

    def perform(self, operations: Sequence[Operation], mark: Mark) -> None:
        """Carry operations out in order; what is so already is left. Raises OperationFailed.

        An operation on a protected card is refused before the first one is begun.
        """
        of_kernel = [one for one in operations if kind_of(one) in KINDS]
        self._kernel.refuse_odd(of_kernel, mark)
        self._managers.before(of_kernel, mark.lab)
        start = 0
        while start < len(operations):
            kernels = kind_of(operations[start]) in KINDS
            end = start + 1
            while end < len(operations) and (kind_of(operations[end]) in KINDS) is kernels:
                end += 1
            part = operations[start:end]
            if kernels:
                self._kernel.perform(part, mark, lent=self._lent(part, mark.lab))
            elif self._libvirt is not None:
                self._libvirt.perform_many(part, mark)
            else:
                raise OperationFailed(
                    part[0],
                    None,
                    "this hypervisor has no libvirt",
                    "Install libvirt (libvirt-daemon-system) and the agent's libvirt-python, set "
                    "libvirt_uri in the agent's configuration, or place the host elsewhere.",
                )
            start = end
        self._managers.after(of_kernel, mark.lab)

    def _lent(self, operations: Sequence[Operation], lab: str) -> frozenset[str]:
        """The bridges that these operations plug into and that libvirt made for its networks, this
        lab's own or the hypervisor's own."""
        after = (end for one in operations for end in (one.after, one.peer_after))
        masters = {end.master for end in after if isinstance(end, Link) and not end.netns}
        if self._libvirt is None or not masters - {None}:
            return frozenset()
        ours = (None, lab)
        found = {one.bridge for one in self._libvirt.networks() if one.owner in ours}
        return frozenset(found & masters)

    def images_in_use(self) -> set[str]:
        """The SHA-256 of each library image that a VM of ours has. Raises ObservationFailed where
        there is a libvirt that does not answer."""
        if self._libvirt is None:
            return set()
        try:
            return self._libvirt.images_in_use()
        except Exception as error:  # libvirtError, which is not to be imported without need
            raise ObservationFailed(
                f"libvirt at {self._config.libvirt_uri} does not answer: {error}"
            ) from error

    def watch(self, on_change: Callable[[], None]) -> Watch:
        """Call, from threads of its own, soon after anything may have changed, until closed."""
        watches: list[Watch] = [self._kernel.watch(on_change)]
        if self._libvirt is not None:
            watches.append(self._libvirt.watch(on_change))
            watches.append(self._libvirt.watch_leases(on_change))
        return _Watches(watches)

    # What people do to VMs by hand. From any thread, beside all the rest.

    def lifecycle(self) -> Lifecycle:
        """Raises CannotAct."""
        return self._with_libvirt().lifecycle

    def copying(self) -> Copying:
        """Raises CannotAct."""
        return self._with_libvirt().copying

    def keep_copies(self, lab: str, domains: Collection[str]) -> None:
        """Of disks that were copied for VMs of the lab that are still to be made, keep those for
        these domains alone."""
        if self._libvirt is not None:
            self._libvirt.sweep(lab, domains)

    def _with_libvirt(self) -> Libvirt:
        if self._libvirt is None:
            raise CannotAct("This hypervisor has no libvirt.", "Place the VM elsewhere.")
        return self._libvirt

    # Who reaches whom. From any thread, beside all the rest.

    def echo(
        self, lab: str, netns: str, *, ipv6: bool, identifier: int, token: bytes
    ) -> EchoSocket:
        """A socket for echo requests from a namespace of the lab; ``""`` is the hypervisor's own.
        Raises CannotTry."""
        return self._reach.echo(lab, netns, ipv6=ipv6, identifier=identifier, token=token)

    def stream(self, lab: str, netns: str, *, ipv6: bool) -> socket.socket:
        """A socket for a TCP connection from a namespace of the lab. Raises CannotTry."""
        return self._reach.stream(lab, netns, ipv6=ipv6)

    def probe(self, nic: str, reader: Reader) -> ProbeSocket:
        """A socket for probes on a card. Raises CannotTry, for a protected one too."""
        return self._reach.probe(nic, reader)

    def begin_in_guest(self, lab: str, domain: str, argv: Sequence[str]) -> int:
        """Begin a program in a VM of the lab; its number there. Raises CannotTry."""
        return self._guests().begin(lab, domain, argv)

    def ended_in_guest(self, lab: str, domain: str, number: int) -> Ended | None:
        """How it ended; None while it runs. Raises CannotTry."""
        return self._guests().ended(lab, domain, number)

    # Consoles. From any thread, beside all the rest.

    def open_console(
        self, lab: str, domain: str, kind: ConsoleKind, *, force: bool = False
    ) -> Console:
        """Open the serial port or the screen of a VM of the lab. Raises CannotOpen."""
        if self._libvirt is None:
            raise CannotOpen("missing", "This hypervisor has no libvirt.")
        if kind == "graphics":
            return self._libvirt.consoles.graphics(lab, domain)
        return self._libvirt.consoles.serial(lab, domain, force=force)

    def _guests(self) -> Guests:
        if self._libvirt is None:
            raise CannotTry("This hypervisor has no libvirt.")
        return self._libvirt.guests


class _Watches:
    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = watches

    def close(self) -> None:
        for watch in self._watches:
            watch.close()


def _libvirt(config: Settings) -> Libvirt | None:
    """The libvirt driver; None where the configuration or the machine has no libvirt."""
    if not config.libvirt_uri:
        return None
    try:
        from tasks.drivers.libvirt_ import Libvirt
    except ImportError:
        return None
    return Libvirt(config.libvirt_uri, config.images_dir, config.state_dir)
