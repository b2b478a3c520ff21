"""What an earlier run of the agent left unfinished is finished or put back, before anything else.

A journal whose last record is `end` only wants its record made. One that was going back goes on
going back. Any other goes on to what was desired if the controller still wants that, or cannot be
asked: finishing is what was agreed to, and what the canvas will show when the controller is back.
If it wants something else by now, or if finishing fails, what stood before is put back. A change
that can cut the hypervisor off and was not confirmed comes first (`tasks.agent.guard`). Where the
machine stood when the agent died is not in the journal, and need not be: it is observed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from designer.machine.resources import Image
from designer.machine.state import MachineState
from designer.wire import state_from_json
from tasks.agent.errors import CannotRecord, Stopping
from tasks.agent.guard import Guards
from tasks.agent.job import BadJob, Job
from tasks.agent.journal import Journal, Record
from tasks.agent.labs import Labs
from tasks.agent.machine import Machine
from tasks.agent.run import Failure, Report, Run
from tasks.drivers.errors import ObservationFailed

log = logging.getLogger("trunkline.recover")

_PATIENCE = 60.0
_AGAIN = 0.5
"""Seconds."""

OVERTAKEN = "The agent was started again, and the controller no longer wants this."


def recover(
    machine: Machine,
    labs: Labs,
    report: Report,
    check: Callable[[Job], None],
    still_wanted: Callable[[Job], bool],
    guards: Guards | None = None,
) -> list[Run]:
    """Work off every open journal; returns the runs that ended, with what they observed last.

    Raises Stopping; the journals then stay for the next start.
    """
    runs = []
    for lab, journal, records in labs.open_journals():
        with labs.lock(lab):
            try:
                job = Job.read(records[0]["job"])
            except BadJob as error:
                # What it made carries our marks: the next deployment finds it all the same.
                log.error("The journal of lab %s is of no use and is dropped: %s", lab, error)
                journal.remove()
                continue
            if records[-1]["is"] == "end":
                _record(labs, journal, job, records[-1]["event"])
                report(records[-1]["event"])
                continue
            log.warning("%s was interrupted: going on", job)
            before = state_from_json(records[0]["before"])
            run = Run(machine, labs, report, partial(check, job), job, before, journal, guards)
            guard = guards.left(lab) if guards is not None else None
            if guard is None or run.settle(guard):
                _go_on(run, machine, records, still_wanted)
            runs.append(run)
    return runs


def _go_on(
    run: Run, machine: Machine, records: Sequence[Record], still_wanted: Callable[[Job], bool]
) -> None:
    job = run.job
    undo = next((one for one in records if one["is"] == "undo"), None)
    if undo is not None:
        failure = undo["failure"]
        run.back(Failure.read(failure) if failure else None, undo["message"])
    elif not still_wanted(job):
        run.back(None, OVERTAKEN)
    else:
        try:
            observed = run.remember(_observe(run, machine))
            plan = job.plan(observed)
        except Stopping:
            run.journal.close()
            raise
        except Exception as error:
            run.fail(error)
            return
        if plan.refusals:
            words = " ".join(one.message for one in plan.refusals)
            run.back(Failure(plan.refusals[0].key, words, plan.refusals[0].allowed), "")
            return
        lost = next((one for one in plan.operations if isinstance(one.after, Image)), None)
        if lost is not None:  # they were there before anything else was begun
            run.back(Failure(lost.key, f"{lost.reason} It was here before.", "Deploy again."), "")
        else:
            run.forward(plan, observed)


def _observe(run: Run, machine: Machine) -> MachineState:
    """After a reboot libvirt may want a while longer than the agent."""
    keys = {**run.job.desired.resources, **run.before.resources}
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return machine.observe(run.job.lab, keys)
        except ObservationFailed as error:
            if time.monotonic() > deadline:
                raise
            log.warning("%s: %s; trying again", run.job, error)
        run.check()
        time.sleep(_AGAIN)


def _record(labs: Labs, journal: Journal, job: Job, event: Mapping[str, Any]) -> None:
    try:
        labs.commit(journal, job, event)
    except CannotRecord as error:
        log.error("Lab %s: %s", job.lab, error)
        journal.close()
