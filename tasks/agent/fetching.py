"""Images copied beside the hands, for jobs that wait for them.

Nothing of the hypervisor is touched by it, and it takes minutes: deployments of other labs and
looks go on meanwhile. Contents are copied one after another, as more connections would share the
same way. What there is when the agent ends is gone on with when the job is fetched again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from designer.machine.resources import Image
from designer.planner.operations import Operation
from tasks.agent import events
from tasks.agent.errors import Stopping
from tasks.agent.images import Copier
from tasks.agent.job import Job
from tasks.agent.line import Line
from tasks.drivers.errors import OperationFailed

Check = Callable[[Job], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The images that a job wants copied, of ``total`` operations."""

    job: Job
    operations: tuple[Operation, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """``copied`` images are there now; ``error`` is why not all of them."""

    job: Job
    copied: int
    error: Exception | None = None


class Fetching:
    """``check`` raises Stopping or Overtaken; ``over`` is called from this thread when a job has
    all that it wanted, or will not get it."""

    def __init__(
        self, copier: Copier | None, report: Callable[[Mapping[str, Any]], None], check: Check,
        over: Callable[[Fetched], None],
    ) -> None:  # fmt: skip
        self._copier, self._report, self._check, self._over = copier, report, check, over
        self._queue: queue.SimpleQueue[Wanted | None] = queue.SimpleQueue()
        self._jobs: dict[tuple[str, int], Wanted] = {}
        self._waiting: set[tuple[str, int]] = set()
        """Of those jobs, the ones that it is not over for."""
        self._copying: tuple[Job, Line] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="images", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self, wanted: Wanted) -> None:
        """Begin, unless that was begun already."""
        with self._lock:
            if wanted.job.name in self._waiting:
                return
            self._waiting.add(wanted.job.name)
            self._jobs[wanted.job.name] = wanted
        self._queue.put(wanted)

    def jobs(self) -> set[tuple[str, int]]:
        """The names of those that wait, or are to go on."""
        with self._lock:
            return set(self._jobs)

    def contents(self) -> set[str]:
        """The SHA-256 of all images that those jobs want."""
        with self._lock:
            return {one.key[1] for wanted in self._jobs.values() for one in wanted.operations}

    def done_with(self, job: Job) -> None:
        """The job goes on, or is given up: its images are its own matter from now on."""
        with self._lock:
            if job.name not in self._waiting:
                self._jobs.pop(job.name, None)

    def look(self) -> None:
        """What nobody wants any more ends at once, and waits for no byte: to be called when the
        check may raise. From any thread."""
        with self._lock:
            copying = self._copying
        if copying is None:
            return
        job, line = copying
        try:
            self._check(job)
        except Exception:
            line.cut()

    def stop(self, seconds: float) -> None:
        """The check must raise Stopping by now."""
        self._queue.put(None)
        self.look()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while (wanted := self._queue.get()) is not None:
            copied, error = 0, None
            try:
                for operation in wanted.operations:
                    self._copy(wanted, operation, copied)
                    copied += 1
            except Stopping:
                return
            except Exception as failed:
                error = failed
            with self._lock:
                self._waiting.discard(wanted.job.name)
            self._over(Fetched(wanted.job, copied, error))

    def _copy(self, wanted: Wanted, operation: Operation, copied: int) -> None:
        job = wanted.job
        if self._copier is None:
            raise OperationFailed(operation, None, "this agent has no controller to copy from")

        def tell(note: str) -> None:
            self._report(events.progress(job, copied, wanted.total, note))

        image = operation.after
        assert isinstance(image, Image)
        line = Line()
        with self._lock:
            self._copying = job, line
        try:
            self._check(job)
            tell(f"copying {image.name}")
            self._copier.copy(operation, tell, lambda: self._check(job), line)
        finally:
            with self._lock:
                self._copying = None
