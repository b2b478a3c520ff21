"""What is observed of the applied labs, and telling the controller where it changed.

Looking is cheap but not free, so a storm of changes is looked at in steps: 50 ms after the first
change, so that a burst is seen once, and then no more often than every 250 ms, nor for more than
a third of the time. The look after the last change always comes, so the final state is exact.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from designer import planner
from designer.machine.state import MachineState
from tasks.agent import events
from tasks.agent.labs import LabRecord, Labs
from tasks.agent.machine import Machine
from tasks.agent.run import Report

log = logging.getLogger("trunkline.monitor")

_SETTLE = 0.05
_APART = 0.25


class Monitor:
    """Used by the hands' thread alone, but for `changed`."""

    def __init__(self, machine: Machine, labs: Labs, report: Report) -> None:
        self._machine, self._labs, self._report = machine, labs, report
        self._told: dict[str, Mapping[str, planner.Status]] = {}
        self._due: float | None = None
        self._earliest = 0.0
        self._blind: set[str] = set()

    def changed(self) -> None:
        """Something may have changed: look soon. From any thread."""
        if self._due is None:
            self._due = max(time.monotonic() + _SETTLE, self._earliest)

    @property
    def due(self) -> float | None:
        """When to look next (time.monotonic()); None: nothing has changed."""
        return self._due

    def look(self, *, complete: bool = False) -> None:
        """Observe every applied lab; report what is new, or with `complete` everything."""
        self._due = None  # before looking: what changes from here on wants another look
        began = time.monotonic()
        for record in self._labs:
            if record.applied is None:
                if complete:
                    self._tell(record, {}, complete=True)
                continue
            try:
                observed = self._machine.observe(record.lab, record.applied.desired.resources)
            except Exception as error:
                if record.lab not in self._blind:
                    log.error("Lab %s cannot be observed: %s", record.lab, error)
                self._blind.add(record.lab)
                continue
            self._blind.discard(record.lab)
            self._tell(record, self._statuses(record, observed), complete=complete)
        now = time.monotonic()
        self._earliest = now + max(_APART, 2 * (now - began))
        if self._due is not None:  # set meanwhile, when the pace of this look was not known yet
            self._due = max(self._due, self._earliest)

    def show(self, lab: str, observed: MachineState) -> None:
        """A job of this lab ended: tell everything anew, from what was observed last."""
        record = self._labs.get(lab)
        self._tell(record, self._statuses(record, observed), complete=True)

    def forget(self, lab: str) -> None:
        self._told.pop(lab, None)

    def _statuses(self, record: LabRecord, observed: MachineState) -> dict[str, planner.Status]:
        if record.applied is None:
            return {}
        return planner.statuses(record.applied.desired, observed, record.lab, record.applied.refs)

    def _tell(
        self, record: LabRecord, statuses: dict[str, planner.Status], *, complete: bool
    ) -> None:
        statuses |= _failed(record)
        told = self._told.get(record.lab, {})
        self._told[record.lab] = statuses
        if complete or told.keys() - statuses.keys():
            self._report(events.status(record.lab, statuses, complete=True))
        elif changed := {ref: one for ref, one in statuses.items() if told.get(ref) != one}:
            self._report(events.status(record.lab, changed, complete=False))


def _failed(record: LabRecord) -> dict[str, planner.Status]:
    """A failure stays shown at its place until the next job of the lab ends."""
    failure = record.last and record.last.get("failure")
    if not failure or not failure["ref"]:
        return {}
    detail = f"{failure['words']} {failure['advice']}".strip()
    return {failure["ref"]: planner.Status("failed", detail)}
