"""A deployment on this hypervisor, from the job to the answer.

`Deployer.deploy` reads as the architecture: observe → plan → (refused? stale? images to copy?) →
journal → batches → observe again → finished. The parts are `tasks.agent.run` (carrying out and
putting back), `tasks.agent.journal` and the planner.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from designer import planner
from designer.machine.resources import Image
from designer.machine.state import MachineState
from designer.wire.agent import Outcome
from designer.wire.deployment import Guarded
from tasks.agent import events
from tasks.agent.errors import CannotRecord
from tasks.agent.fetching import Wanted
from tasks.agent.guard import Guards
from tasks.agent.job import Job
from tasks.agent.labs import Labs, after
from tasks.agent.machine import Machine
from tasks.agent.run import (
    Failure,
    Overtaken,
    Report,
    Run,
    failure_event,
    failure_of,
    keys_of,
    refs_around,
)

log = logging.getLogger("trunkline.deploy")

Check = Callable[[Job], None]


class Deployer:
    """`check` is called between batches and raises Stopping or Overtaken. `fetch` is handed a job
    whose images are to be copied first; it is deployed again once they are here."""

    def __init__(
        self, machine: Machine, labs: Labs, report: Report, check: Check,
        fetch: Callable[[Wanted], None],
        guards: Guards | None = None, management: Callable[[], Collection[str]] = tuple,
    ) -> None:  # fmt: skip
        """`management` names the cards by which the controller is reached now."""
        self._management = management
        self._machine, self._labs, self._report, self._check = machine, labs, report, check
        self._fetch, self._guards = fetch, guards

    def deploy(self, job: Job, copied: int = 0) -> MachineState | None:
        """Do what the job asks, once, and report. Returns what was observed last, if anything.
        So many images were `copied` for it already.

        Raises Stopping when the agent is stopped; the journal then has what is needed to go on.
        """
        record = self._labs.get(job.lab)
        if record.last is not None and job.generation <= record.generation:
            self._answer_again(job, record.last)
            return None
        looks_only = job.phase == "plan"
        with nullcontext() if looks_only else self._labs.lock(job.lab):
            began = time.monotonic()
            try:
                observed = self._observe(job, record.applied)
                if self._guards is not None:
                    observed = self._guards.remember(job.lab, observed)
                plan = job.plan(observed)
            except Exception as error:
                self._finish(job, "failed", began=began, failure=failure_of(error))
                return None
            if looks_only:
                refs = refs_around(job, self._labs)
                self._report(events.planned(job, plan, refs, self._guarded(plan, observed)))
                return None
            if plan.refusals:
                words = " ".join(one.message for one in plan.refusals)
                self._finish(job, "refused", words, began=began)
                return observed
            if job.fingerprint not in (None, plan.fingerprint):
                words = "The hypervisor is not as it was when this was planned: plan again."
                self._finish(job, "stale-plan", words, began=began)
                return observed
            images = tuple(one for one in plan.operations if isinstance(one.after, Image))
            if images:
                refs = refs_around(job, self._labs)
                touched = {refs[key] for one in images for key in keys_of(one) if key in refs}
                self._report(events.applying(job, sorted(touched)))
                self._fetch(Wanted(job, images, len(plan.operations)))
                return None
            if not plan.operations:
                message = " ".join(plan.notes)
                self._finish(job, "applied", message, began=began, writes=copied)
                return observed
            return self._carry_out(job, plan, observed, began, copied)

    def give_up(self, job: Job, error: Exception, copied: int) -> None:
        """End a job whose images cannot be had, or that nobody wants any more."""
        began = time.monotonic()
        if isinstance(error, Overtaken):
            self._finish(job, "undone", str(error), began=began, writes=copied)
        else:
            failure = failure_of(error)
            self._finish(job, "undone", began=began, failure=failure, writes=copied)

    def _guarded(self, plan: planner.Plan, observed: MachineState) -> Guarded | None:
        if self._guards is None:
            return None
        return self._guards.told(plan, observed, self._management())

    def _observe(self, job: Job, applied: Job | None) -> MachineState:
        """What is there. What was asked of VMs by hand counts until the drawing changes."""
        observed = self._machine.observe(job.lab, job.desired.resources)
        return planner.overruled(observed, job.desired, applied.desired if applied else None)

    def _carry_out(
        self,
        job: Job,
        plan: planner.Plan,
        observed: MachineState,
        began: float,
        copied: int,
    ) -> MachineState:
        before = observed.owned_by(job.lab)
        batches = len(list(self._machine.batches(plan.operations)))
        try:
            journal = self._labs.begin(job, before, batches)
        except CannotRecord as error:
            self._finish(job, "failed", began=began, failure=failure_of(error))
            return observed
        check = partial(self._check, job)
        run = Run(
            self._machine, self._labs, self._report, check, job, before, journal, self._guards,
            copied,
        )  # fmt: skip
        log.info("%s: %d operations", job, len(plan.operations))
        run.forward(plan, observed)
        return run.observed

    def _answer_again(self, job: Job, last: Mapping[str, Any]) -> None:
        """This job or a newer one was finished here. The answer to this one is given again, as it
        may have been lost with an earlier run of the agent; an older one is refused."""
        if (last["deployment"], last["generation"]) == job.name:
            self._report(last)
            return
        words = (
            f"The agent has finished generation {last['generation']} of this lab and is asked for "
            f"generation {job.generation}: the controller's database seems to be an old one. "
            f"Destroy the lab by hand, or remove labs/{job.lab}.json in the agent's state folder."
        )
        self._report(events.finished(job, "refused", words, failure=None, seconds=0, writes=0))

    def _finish(
        self, job: Job, outcome: Outcome, message: str = "", *, began: float,
        failure: Failure | None = None, writes: int = 0,
    ) -> None:  # fmt: skip
        """The end of a job that changed nothing on the hypervisor."""
        event = events.finished(
            job,
            outcome,
            message or (failure.words if failure else ""),
            failure=failure_event(failure, refs_around(job, self._labs)) if failure else None,
            seconds=time.monotonic() - began,
            writes=writes,
        )
        try:
            self._labs.keep(after(self._labs.get(job.lab), job, event))
        except CannotRecord:
            log.exception("%s: ended, and could not be recorded", job)
        self._report(event)
