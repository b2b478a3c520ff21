"""What the agent wants of the drivers: `tasks.drivers.Machine`, as a protocol, so that tests can
give a machine that is only a model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from designer.machine.marks import Mark
from designer.machine.resources import Key
from designer.machine.state import Inventory, MachineState
from designer.planner.operations import Operation


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

    def watch(self, on_change: Callable[[], None]) -> Watch:
        """Calls, from a thread of its own, when anything may have changed."""
        ...

    def close(self) -> None:
        """Give threads and connections back."""
        ...
