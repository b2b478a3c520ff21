"""What is observed of the applied labs, and telling the controller where it changed.

Looking is cheap but not free, so a storm of changes is looked at in steps: 50 ms after the first
change, and then no more often than every 250 ms, nor for more than a third of the time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from designer import planner
from designer.machine.state import MachineState
from tasks.agent import events
from tasks.agent.labs import LabRecord, Labs
from tasks.agent.machine import Machine
from tasks.agent.pace import Pace
from tasks.agent.run import Report

log = logging.getLogger("trunkline.monitor")


class Monitor:
    """Used by the hands' thread alone, but for what its pace is told."""

    def __init__(self, machine: Machine, labs: Labs, report: Report) -> None:
        self._machine, self._labs, self._report = machine, labs, report
        self._told: dict[str, Mapping[str, planner.Status]] = {}
        self._blind: set[str] = set()
        self.pace = Pace(settle=0.05, apart=0.25, share=2)

    def look(self, *, complete: bool = False) -> None:
        """Observe every applied lab; report what is new, or with `complete` everything."""
        with self.pace.looking():
            self._look(complete)

    def _look(self, complete: bool) -> None:
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
