"""What the agent wants of the drivers: `tasks.drivers.Machine`, as a protocol, so that tests can
give a machine that is only a model."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from typing import Protocol

from designer.machine.marks import Mark
from designer.machine.resources import Asked, Domain, Key
from designer.machine.state import Inventory, MachineState
from designer.planner.operations import Operation
from designer.wire.console import ConsoleKind
from tasks.drivers.consoles import Console
from tasks.drivers.reach import Answer, Heard, Probe
from tasks.drivers.reach.frames import Reader


class Watch(Protocol):
    """A running watch; close() ends its thread."""

    def close(self) -> None: ...


class Machine(Protocol):
    """One hypervisor's kernel and libvirt. Used by one thread at a time."""

    def inventory(self, known: Inventory | None = None) -> Inventory:
        """What its kernel can do is taken from what is `known` already, and tried without."""
        ...

    def observe(self, lab: str, keys: Collection[Key] = ()) -> MachineState:
        """All that the lab owns, and whatever else stands at those keys."""
        ...

    def batches(self, operations: Sequence[Operation]) -> Iterator[slice]:
        """Consecutive operations that go down together."""
        ...

    def perform(self, operations: Sequence[Operation], mark: Mark) -> None:
        """Idempotent. Raises `tasks.drivers.errors.OperationFailed`."""
        ...

    def images_in_use(self) -> set[str]:
        """The SHA-256 of each library image that a VM of ours has. Raises
        `tasks.drivers.errors.ObservationFailed`."""
        ...

    def keep_copies(self, lab: str, domains: Collection[str]) -> None:
        """Forget disks that were copied for other VMs of the lab, which nobody made."""
        ...

    def watch(self, on_change: Callable[[], None]) -> Watch:
        """Calls, from a thread of its own, when anything may have changed."""
        ...

    def close(self) -> None:
        """Give threads and connections back."""
        ...


class EchoSocket(Protocol):
    """Echo requests from one namespace; see `tasks.drivers.reach`."""

    def fileno(self) -> int: ...

    def send(self, address: str, sequence: int) -> None:
        """Raises OSError with the kernel's reason; BlockingIOError: no room for a moment."""
        ...

    def receive(self) -> Iterator[tuple[str, Answer]]:
        """What has come: (who said it, what)."""
        ...

    def close(self) -> None: ...


class ProbeSocket(Protocol):
    """Probe frames on one card; see `tasks.drivers.reach`."""

    @property
    def mtu(self) -> int: ...

    def fileno(self) -> int: ...

    def send(self, probe: Probe) -> None:
        """Raises OSError with the kernel's reason; BlockingIOError: no room for a moment."""
        ...

    def receive(self) -> Iterator[Heard]:
        """What has come from peers. Raises OSError."""
        ...

    def close(self) -> None: ...


class Ended(Protocol):
    """A program in a VM that is over."""

    @property
    def status(self) -> int: ...
    @property
    def output(self) -> str: ...


class Reaching(Protocol):
    """Who reaches whom, tried without changing anything. From any thread; all raise
    `tasks.drivers.reach.CannotTry`, which says what is missing."""

    def echo(
        self, lab: str, netns: str, *, ipv6: bool, identifier: int, token: bytes
    ) -> EchoSocket: ...

    def stream(self, lab: str, netns: str, *, ipv6: bool) -> socket.socket:
        """For one TCP connection; it does not wait."""
        ...

    def probe(self, nic: str, reader: Reader) -> ProbeSocket: ...

    def begin_in_guest(self, lab: str, domain: str, argv: Sequence[str]) -> int:
        """Begin a program in a VM; its number there."""
        ...

    def ended_in_guest(self, lab: str, domain: str, number: int) -> Ended | None:
        """How it ended; None while it runs."""
        ...


class Speaking(Protocol):
    """Consoles of VMs. From any thread."""

    def open_console(
        self, lab: str, domain: str, kind: ConsoleKind, *, force: bool = False
    ) -> Console:
        """Raises `tasks.drivers.consoles.CannotOpen`."""
        ...


class Rebooting(Protocol):
    """A guest that was asked to start anew."""

    def press(self) -> None: ...
    def happened(self) -> bool: ...
    def is_off(self) -> bool: ...
    def close(self) -> None: ...


class Lifecycle(Protocol):
    """What people do to VMs by hand; see `tasks.drivers.libvirt_.lifecycle`. From any thread; all
    raise `tasks.drivers.errors.CannotAct`. What is returned as text says what was done."""

    def is_off(self, lab: str, name: str) -> bool: ...
    def start(self, wanted: Domain, mark: Mark, asked: Asked) -> str: ...
    def press_power(self, lab: str, name: str, asked: Asked) -> bool: ...
    def forget_asked(self, lab: str, name: str) -> None: ...
    def forget_overruled(self, but_for: Container[str]) -> None: ...
    def force_off(self, lab: str, name: str, asked: Asked) -> str: ...
    def pause(self, lab: str, name: str, asked: Asked) -> str: ...
    def resume(self, wanted: Domain, mark: Mark, asked: Asked) -> str: ...
    def begin_reboot(self, lab: str, name: str) -> Rebooting: ...
    def snapshot(self, lab: str, name: str, snapshot: str) -> str: ...
    def revert(self, wanted: Domain, mark: Mark, snapshot: str, by: str, at: str) -> str: ...
    def delete_snapshot(self, lab: str, name: str, snapshot: str) -> str: ...


class Copying(Protocol):
    """Copies of disks for VMs that are not made yet; see `tasks.drivers.libvirt_.copying`."""

    def copy(self, source: str, target: str, mark: Mark, tell: Callable[[str], bool]) -> str: ...
    def mend(self) -> None: ...


class Acting(Protocol):
    """A hypervisor whose VMs can be acted on. Both raise `tasks.drivers.errors.CannotAct` where
    it has no libvirt."""

    def lifecycle(self) -> Lifecycle: ...
    def copying(self) -> Copying: ...


class Hypervisor(Machine, Reaching, Acting, Speaking, Protocol):
    """All that an agent wants."""
