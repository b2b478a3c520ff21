"""One job carried out: forward to what is desired, or back to what stood before, and its end."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from designer import planner
from designer.machine.marks import Mark
from designer.machine.resources import Domain, Key, Physical
from designer.machine.state import MachineState
from designer.wire.agent import Outcome
from designer.wire.deployment import Failure as WireFailure
from tasks.agent import events
from tasks.agent.errors import CannotRecord, Stopping
from tasks.agent.guard import CannotGuard, Guard, Guards, PutBack
from tasks.agent.job import Job
from tasks.agent.journal import Journal, Record
from tasks.agent.labs import Labs, after
from tasks.agent.machine import Machine
from tasks.drivers.errors import ObservationFailed, OperationFailed

log = logging.getLogger("trunkline.deploy")

Report = Callable[[Mapping[str, Any]], None]
Check = Callable[[], None]
"""Called between batches; raises Stopping or Overtaken."""


class Overtaken(Exception):
    """The controller wants something else of this lab by now. Nobody must act."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, where, in whose words, and what to do."""

    key: Key | None
    words: str
    advice: str

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Failure:
        """From a journal."""
        key = told["key"]
        return cls(None if key is None else tuple(key), told["words"], told["advice"])


class NotAsPlanned(Exception):
    """Every operation went through, and yet what is observed is not what is desired."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Watched:
    """The operations from ``begin`` to ``end`` can cut the hypervisor off; ``arm`` before them."""

    begin: int
    end: int
    card: str
    seconds: int
    arm: Callable[[], Guard]


class Run:
    """Make one per job; the lab's lock is held all the while.

    `before` is what the lab owned here when the job began; so many images were `copied` for it
    already, which counts as done. `observed` is what was seen last.
    """

    def __init__(
        self, machine: Machine, labs: Labs, report: Report, check: Check, job: Job,
        before: MachineState, journal: Journal, guards: Guards | None = None, copied: int = 0,
    ) -> None:  # fmt: skip
        self._machine, self._labs, self._report = machine, labs, report
        self._guards = guards
        self._check = check
        self.job, self.before, self.journal = job, before, journal
        self.observed = before
        self._refs = refs_around(job, labs)
        self._began = time.monotonic()
        self._copied = copied
        self._writes = self._total = copied

    def forward(self, plan: planner.Plan, observed: MachineState) -> None:
        """Perform the plan, made of what was observed, verify, and end; on any trouble go back.

        Raises Stopping at a batch's end when the agent is stopped; the journal then stays open.
        """
        try:
            self._perform(
                plan, Mark(self.job.lab, self.job.deployment), self._check, strict=True,
                watched=self._watched(plan, observed),
            )  # fmt: skip
            message = " ".join(filter(None, (self._verify(), *plan.notes)))
        except Stopping:
            self.journal.close()
            raise
        except Overtaken as reason:
            self.back(None, str(reason))
        except Exception as error:
            self.back(failure_of(error), "")
        else:
            if self._guards is not None:
                cards = [one.name for one in self.job.desired.of_type(Physical)]
                self._guards.keep(self.job.lab, self.observed, cards)
            self._end("applied", message, None)

    def fail(self, error: Exception) -> None:
        """Something failed before the first operation of this run: go back."""
        self.back(failure_of(error), "")

    def back(self, failure: Failure | None, message: str) -> None:
        """Put back what stood before, and end. `message` says why where nothing failed."""
        message = message or (failure.words if failure else "")
        told = None if failure is None else asdict(failure)
        try:
            self._write([{"is": "undo", "failure": told, "message": message}], strict=False)
            self._perform(self._way_back(), self._old_mark(), self.check, strict=False)
            rest = self._way_back()
            if rest.operations:
                raise NotAsPlanned(Failure(rest.operations[0].key, rest.operations[0].reason, ""))
        except Stopping:
            self.journal.close()
            raise
        except Exception as error:
            second = failure_of(error)
            log.exception("%s: putting back failed", self.job)
            message = f"{message} Putting back what was there before failed too: {second.words}"
            self._end("failed", message, failure or second)
        else:
            self._end("undone", message, failure)

    def settle(self, guard: Guard) -> bool:
        """Of a run that was interrupted while it was watched: whether the change is confirmed; else
        it is put back, and the run ends."""
        try:
            guard.settle(self._tell)
        except PutBack as reason:
            self.fail(reason)
            return False
        return True

    def _tell(self, note: str) -> None:
        self._report(events.progress(self.job, self._writes, self._total, note))

    def _watched(self, plan: planner.Plan, observed: MachineState) -> _Watched | None:
        """What of the plan can cut this hypervisor off."""
        cards = planner.guarded(plan.operations, observed, self.job.lab)
        if not cards or self._guards is None:
            return None

        def arm() -> Guard:
            assert self._guards is not None
            lab = self.job.lab
            before = observed.owned_by(lab)
            mark = self._old_mark().deployment
            return self._guards.arm(lab, mark, before, observed, set(cards.values()))

        names = " and ".join(sorted(set(cards.values())))
        return _Watched(min(cards), max(cards) + 1, names, self._guards.seconds, arm)

    def _perform(
        self, plan: planner.Plan, mark: Mark, check: Check, *, strict: bool,
        watched: _Watched | None = None,
    ) -> None:  # fmt: skip
        """Batch by batch: intent to the journal, the effect, and that it is done.

        That a batch is done goes to the disk together with the intent of the next one.
        """
        guard: Guard | None = None
        self._total = total = self._copied + len(plan.operations)
        done: list[Record] = []
        for batch in self._machine.batches(plan.operations):
            check()
            operations = plan.operations[batch]
            first, last = batch.start or 0, batch.start + len(operations)
            self._write([*done, {"is": "doing", "from": first, "to": last}], strict=strict)
            self._report(events.applying(self.job, self._touched(operations)))
            self._report(events.progress(self.job, self._writes, total, operations[0].reason))
            if watched and guard is None and first < watched.end and last > watched.begin:
                guard = watched.arm()
                # Said before: while the way is cut nothing can be said.
                note = (
                    f"moves what {watched.card} holds, then waits up to {watched.seconds} s for "
                    "the controller over the new path; else all is put back"
                )
                self._report(events.progress(self.job, self._writes, total, note))
            try:
                self._machine.perform(operations, mark)
            except Exception:
                if guard is not None:
                    guard.call_off()  # going back begins at once
                raise
            self._writes += len(operations)
            if guard is not None and watched is not None and last >= watched.end:
                guard.confirm(self._tell)
                guard = watched = None
            self._report(events.progress(self.job, self._writes, total, operations[-1].reason))
            done = [{"is": "done", "from": first, "to": last}]
        self._write(done, strict=strict)

    def _touched(self, operations: tuple[planner.Operation, ...]) -> list[str]:
        keys = [key for one in operations for key in keys_of(one)]
        return sorted({self._refs[key] for key in keys if key in self._refs})

    def _verify(self) -> str:
        """Observe, and compare with what is desired. A VM that ended just after its start is
        shown as degraded; taking the whole lab down for it would help nobody."""
        self.observed = self._machine.observe(self.job.lab, self.job.desired.resources)
        found = planner.differences(self.job.desired, self.observed, self.job.lab)
        degraded = []
        for one in found:
            if one.fields == ("running",) and isinstance(self.observed.get(one.key), Domain):
                degraded.append(one.message)
            else:
                raise NotAsPlanned(
                    Failure(
                        one.key,
                        f"After all operations succeeded: {one.message}",
                        "Something else on the hypervisor changes it: find out what, then deploy "
                        "again.",
                    )
                )
        return " ".join(degraded)

    def _way_back(self) -> planner.Plan:
        keys = {**self.job.desired.resources, **self.before.resources}
        self.observed = self.remember(self._machine.observe(self.job.lab, keys))
        return planner.undo(self.before, self.observed, self.job.lab)

    def remember(self, observed: MachineState) -> MachineState:
        """What was observed, with what somebody made the kernel forget."""
        return observed if self._guards is None else self._guards.remember(self.job.lab, observed)

    def _old_mark(self) -> Mark:
        applied = self._labs.get(self.job.lab).applied
        return Mark(self.job.lab, applied.deployment if applied else self.job.deployment)

    def check(self) -> None:
        """Raises Stopping when the agent is stopped."""
        with contextlib.suppress(Overtaken):  # going back is what being overtaken asks for
            self._check()

    def _write(self, records: list[Record], *, strict: bool) -> None:
        """To the journal. Going back goes on without: the journal's beginning is on disk, and
        half a lab would be worse than an incomplete journal."""
        try:
            if records:
                self.journal.append(*records)
        except CannotRecord:
            if strict:
                raise
            log.exception("%s: going back without writing it down", self.job)

    def _end(self, outcome: Outcome, message: str, failure: Failure | None) -> None:
        event = events.finished(
            self.job,
            outcome,
            message,
            failure=None if failure is None else failure_event(failure, self._refs),
            seconds=time.monotonic() - self._began,
            writes=self._writes,
        )
        try:
            self.journal.append({"is": "end", "event": event})
            self._labs.commit(self.journal, self.job, event)
        except CannotRecord:
            # The hypervisor is as it is; the next start finds out by observing.
            log.exception("%s: ended, and could not be recorded", self.job)
            self._labs.remember(after(self._labs.get(self.job.lab), self.job, event))
            self.journal.close()
        self._report(event)


def failure_of(error: Exception) -> Failure:
    """The kernel's or libvirt's own words where there are any."""
    match error:
        case OperationFailed():
            return Failure(error.operation.key, error.words, error.advice)
        case NotAsPlanned():
            return error.failure
        case PutBack():
            return Failure(error.key, error.words, error.advice)
        case CannotRecord() | CannotGuard():
            return Failure(None, error.words, error.advice)
        case ObservationFailed():
            return Failure(None, str(error), "See to it on the hypervisor, then deploy again.")
        case _:
            log.error("A fault of the agent's own", exc_info=error)
            return Failure(
                None,
                f"{type(error).__name__}: {error}",
                "This is a fault in Trunkline: please report it with the agent's log.",
            )


def failure_event(failure: Failure, refs: Mapping[Key, str]) -> WireFailure:
    return events.failure(
        refs.get(failure.key) if failure.key else None, failure.key, failure.words, failure.advice
    )


def refs_around(job: Job, labs: Labs) -> Mapping[Key, str]:
    """What was drawn, by key: of the job, and of what it takes away."""
    applied = labs.get(job.lab).applied
    return {**(applied.refs if applied else {}), **job.refs}


def keys_of(operation: planner.Operation) -> list[Key]:
    """The keys of what an operation touches: of a veth pair, both ends."""
    peer = operation.peer_after or operation.peer_before
    return [operation.key] if peer is None else [operation.key, peer.key]
