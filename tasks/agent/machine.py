"""What the agent wants of the drivers: `tasks.drivers.Machine`, as a protocol, so that tests can
give a machine that is only a model."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from designer.machine.marks import Mark
from designer.machine.resources import Key
from designer.machine.state import Inventory, MachineState
from designer.planner.operations import Operation
from tasks.drivers.reach import Answer, Heard, Probe
from tasks.drivers.reach.frames import Reader


class Watch(Protocol):
    """A running watch; close() ends its thread."""

    def close(self) -> None: ...


class Machine(Protocol):
    """One hypervisor's kernel and libvirt. Used by one thread at a time."""

    def inventory(self) -> Inventory: ...

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


class Hypervisor(Machine, Reaching, Protocol):
    """All that an agent wants."""
