"""Our driver on the same lab, as the agent uses it: batch by batch."""

from __future__ import annotations

from designer.machine.marks import Mark
from designer.machine.state import MachineState
from designer.planner import plan
from designer.planner.operations import Operation
from tasks.drivers.kernel import Kernel
from tests.bench.labs import LAB, PORTS, Mode, desired


class Ours:
    """Wire up, then take down. The plans are made beforehand: this is the executor alone."""

    def __init__(self, links: int, mode: Mode, per_bridge: int = PORTS) -> None:
        self.kernel = Kernel()
        self.state = desired(links, mode, per_bridge)
        self._going_up = plan(self.state, MachineState(), LAB).operations
        self._going_down: tuple[Operation, ...] = ()

    def up(self) -> None:
        self.perform(self._going_up)

    def prepare_down(self) -> None:
        """Observe and plan the destroy, outside of what is measured."""
        self._going_down = plan(MachineState(), self.kernel.observe(LAB), LAB).operations

    def down(self) -> None:
        self.perform(self._going_down)

    def perform(self, operations: tuple[Operation, ...]) -> None:
        for part in self.kernel.batches(operations):
            self.kernel.perform(operations[part], Mark(LAB, "bench"))
