"""The one thread that touches the hypervisor: deployments, looks at the labs, the inventory.

One thread, because the kernel serialises this work anyway (RTNL) and libvirt and netlink
connections then need no locks. It takes what is due, in this order: recovery (once), jobs that
were called for, what the controller has assigned (every 15 s and after each connect, so that a
lost message is found), and looks at what changed, labs and inventory. Other threads only leave it
notes, that of :mod:`tasks.agent.fetching` when a job has the images that it waited for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from designer.machine.resources import Domain, Image
from designer.machine.state import Inventory
from tasks.agent import events
from tasks.agent.deploy import Deployer
from tasks.agent.errors import AlreadyRunning, Stopping, Unreachable
from tasks.agent.fetching import Fetched, Fetching
from tasks.agent.guard import Guards
from tasks.agent.images import Copier
from tasks.agent.job import BadJob, Job
from tasks.agent.labs import Labs
from tasks.agent.machine import Machine
from tasks.agent.monitor import Monitor
from tasks.agent.pace import Pace
from tasks.agent.recover import recover
from tasks.agent.run import Overtaken
from tasks.agent.session import Assignments, Session
from tasks.drivers.errors import ObservationFailed

log = logging.getLogger("trunkline.hands")

RECONCILE_EVERY = 15.0
"""Seconds between asking the controller what is assigned here."""
TIDY_EVERY = 600.0
"""Seconds between asking which copies of images are still wanted, beside each lab's end."""
_WAIT_FOR_CONTROLLER = 5.0
"""Seconds that recovery waits for a connection before it goes on without an answer."""


class Hands:
    """`session` may be set after construction and before start()."""

    session: Session

    def __init__(
        self, machine: Machine, labs: Labs, inventory: Inventory, guards: Guards | None = None,
        copier: Copier | None = None,
    ) -> None:  # fmt: skip
        self._machine, self._labs, self._copier = machine, labs, copier
        if copier is not None:
            copier.in_use = self._images_in_use
        self.inventory = inventory
        self._monitor = Monitor(machine, labs, self._report)
        self._inventory_pace = Pace(settle=0.2, apart=1, share=20)
        self._guards = guards
        self._notes = threading.Condition()
        self._calls: deque[tuple[str, int, Future[None]]] = deque()
        self._welcome = False
        self._next_reconcile = time.monotonic() + RECONCILE_EVERY
        self._next_tidy = 0.0
        self._stopping = threading.Event()
        self._cancelled: set[tuple[str, int]] = set()
        self._assigned: dict[str, int] = {}
        self._answered: dict[str, tuple[str, int]] = {}
        self._fetched: deque[Fetched] = deque()
        self._fetching = Fetching(copier, self._report, self._check, self._has_fetched)
        self._deployer = Deployer(
            machine, labs, self._tell, self._check, self._fetching.want, guards, self._by
        )
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)
        self.recovered = threading.Event()

    # From other threads

    def start(self) -> None:
        self._fetching.start()
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """End at the next batch boundary; False if that takes longer."""
        self._stopping.set()
        with self._notes:
            self._notes.notify()
        self._thread.join(seconds)
        self._fetching.stop(seconds)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def do(self, deployment: str, generation: int) -> None:
        """Do this job if the controller has it; returns when done. Raises Stopping."""
        done: Future[None] = Future()
        with self._notes:
            if self._stopping.is_set():
                raise Stopping("the agent stops")
            self._calls.append((deployment, generation, done))
            self._notes.notify()
        done.result()

    def changed(self) -> None:
        """Something on the hypervisor may have changed."""
        with self._notes:
            self._monitor.pace.changed()
            self._inventory_pace.changed()
            self._notes.notify()

    def welcomed(self) -> None:
        """The controller took our connection: it wants to hear everything."""
        with self._notes:
            self._welcome = True
            self._notes.notify()

    def cancel(self, deployment: str, generation: int) -> None:
        """The controller no longer wants this job."""
        self._cancelled.add((deployment, generation))
        self._fetching.look()

    def assigned(self, jobs: Assignments) -> None:
        """What the controller wants done here at the moment."""
        self._assigned = {job.lab: job.generation for job in jobs}
        self._fetching.look()

    def _has_fetched(self, fetched: Fetched) -> None:
        with self._notes:
            self._fetched.append(fetched)
            self._notes.notify()

    # The thread

    def _run(self) -> None:
        try:
            self._safely(self._recover)
            self.recovered.set()
            while not self._stopping.is_set():
                self._wait()
                self._safely(self._turn)
        finally:
            with self._notes:
                self._stopping.set()
                calls = list(self._calls)
            for _, _, done in calls:
                done.set_exception(Stopping("the agent stops"))

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Stopping:
            pass  # the loop sees it
        except (Unreachable, AlreadyRunning) as error:
            log.info("Later: %s", error)
        except Exception:
            log.exception("A fault of the agent's own; it goes on")

    def _wait(self) -> None:
        with self._notes:
            waits = self._calls or self._fetched or self._welcome
            if not (waits or self._stopping.is_set()):
                dues = (self._monitor.pace.due, self._inventory_pace.due, self._next_reconcile)
                due = min(one for one in dues if one is not None)
                self._notes.wait(max(0.0, due - time.monotonic()))

    def _turn(self) -> None:
        """Whatever is due now."""
        while self._calls and not self._stopping.is_set():
            with self._notes:
                deployment, generation, done = self._calls.popleft()
            self._answer(deployment, generation, done)
        while self._fetched and not self._stopping.is_set():
            self._go_on(self._fetched.popleft())
        if self._welcome:
            self._welcome = False
            self._monitor.look(complete=True)
            self._next_reconcile = 0
        elif self._monitor.pace.is_due:
            self._monitor.look()
        if self._inventory_pace.is_due:
            self._take_inventory(self.inventory)
        if self._next_reconcile <= time.monotonic():
            self._next_reconcile = time.monotonic() + RECONCILE_EVERY
            self._take_inventory()
            self._reconcile()
            self._tidy()

    def _answer(self, deployment: str, generation: int, done: Future[None]) -> None:
        """Do what was called for; whoever called is told that it is over, however it ended."""
        try:
            self._fetch_and_do(deployment, generation)
        except (Unreachable, AlreadyRunning) as error:
            log.info("Called, but %s: the reconcile will find it", error)
        except Exception as error:
            if isinstance(error, Stopping):
                raise
            log.exception("A fault of the agent's own; it goes on")
        except BaseException:
            self._stopping.set()
            raise
        finally:
            if self._stopping.is_set():
                done.set_exception(Stopping("the agent stops"))
            else:
                done.set_result(None)

    def _fetch_and_do(self, deployment: str, generation: int) -> None:
        """The controller is the authority: what was called for is only a name to ask it by."""
        told = self.session.fetch(deployment, generation)
        if told is None:
            log.info("Called for %s, generation %s: no such job", deployment, generation)
            return
        try:
            job = Job.of(told)
        except BadJob as error:
            log.error("%s", error)
            words = f"This agent cannot make sense of what it was sent: {error}"
            told_of = Job(told)
            self._report(
                events.finished(told_of, "refused", words, failure=None, seconds=0, writes=0)
            )
            self._answered[told.lab] = told_of.name
            return
        if job.phase != "plan":
            self._assigned[job.lab] = max(job.generation, self._assigned.get(job.lab, 0))
            self._fetching.look()
        self._do(job)

    def _go_on(self, fetched: Fetched) -> None:
        """A job has its images, or will not get them. One that was overtaken by a newer job, which
        has ended, is forgotten: nobody waits for its answer."""
        job = fetched.job
        try:
            if self._labs.get(job.lab).generation > job.generation:
                return
            self._answered.pop(job.lab, None)  # so that it is found again if it cannot go on now
            if fetched.error is None:
                self._safely(partial(self._do, job, fetched.copied))
            else:
                self._deployer.give_up(job, fetched.error, fetched.copied)
                self._answered[job.lab] = job.name
        finally:
            self._fetching.done_with(job)
            self._cancelled.discard(job.name)

    def _do(self, job: Job, copied: int = 0) -> None:
        observed = self._deployer.deploy(job, copied)
        self._answered[job.lab] = job.name
        if job.name not in self._fetching.jobs():
            self._cancelled.discard(job.name)
        if job.phase != "plan" and not job.told.putting_back:
            self._machine.keep_copies(job.lab, {one.name for one in job.desired.of_type(Domain)})
        if observed is not None:
            self._monitor.show(job.lab, observed)
            self._monitor.pace.changed()  # what was observed last may be from before a way back

    def _reconcile(self) -> None:
        """Ask what is assigned here; do what was not finished yet."""
        jobs = self.session.assignments()
        self.assigned(jobs)
        self._cancelled &= self._fetching.jobs()  # others are not even fetched any more
        for job in jobs:
            name = (job.deployment, job.generation)
            if name != self._answered.get(job.lab):
                self._fetch_and_do(*name)
        for record in self._labs:
            if record.lab in self._assigned or not record.is_absent:
                continue
            if record.is_destroyed:
                self._next_tidy = 0.0
                self._labs.forget(record.lab)
                self._monitor.forget(record.lab)
                self._answered.pop(record.lab, None)
            else:  # what failed at its node is still shown
                self._labs.leave_no_file(record.lab)

    def _recover(self) -> None:
        for run in recover(
            self._machine,
            self._labs,
            self._tell,
            self._check,
            self._still_wanted,
            self._guards,
        ):
            self._monitor.show(run.job.lab, run.observed)
            self._answered[run.job.lab] = run.job.name

    def _still_wanted(self, job: Job) -> bool:
        self.session.wait_connected(_WAIT_FOR_CONTROLLER)
        try:
            told = self.session.fetch(job.deployment, job.generation)
        except Unreachable as error:
            log.warning("%s goes on to be finished, as %s", job, error)
            return True
        return told is not None

    def _check(self, job: Job) -> None:
        """Between batches: go on?"""
        if self._stopping.is_set():
            raise Stopping("the agent stops")
        if job.name in self._cancelled:
            raise Overtaken("Cancelled: what was there before is put back.")
        if self._assigned.get(job.lab, job.generation) > job.generation:
            raise Overtaken("Something newer is wanted: what was there before is put back.")

    # Images

    def _images_in_use(self) -> set[str]:
        """Contents that a VM here has, by libvirt and by what is applied, or that a job waits for.
        From any thread. Raises where libvirt does not answer: then none may go."""
        used = self._machine.images_in_use() | self._fetching.contents()
        for record in self._labs:
            if record.applied is not None:
                desired = record.applied.desired
                used |= {one.sha256 for one in desired.of_type(Image)}
        return used

    def _tidy(self) -> None:
        if self._copier is None or time.monotonic() < self._next_tidy:
            return
        self._next_tidy = time.monotonic() + TIDY_EVERY
        try:
            went = self._copier.tidy()
        except ObservationFailed as error:
            log.info("Which images are in use is asked later: %s", error)
            return
        if went:
            self._take_inventory()

    def _take_inventory(self, known: Inventory | None = None) -> None:
        """What is `known` to work is not tried again."""
        try:
            with self._inventory_pace.looking():
                found = self._machine.inventory(known)
        except Exception as error:
            log.error("The inventory cannot be taken: %s", error)
            return
        if found != self.inventory:
            self.inventory = found
            self._report(events.inventory(found))

    def _by(self) -> list[str]:
        """The cards by which the controller is reached."""
        return [nic.name for nic in self.inventory.nics if nic.management]

    def _tell(self, event: Mapping[str, Any]) -> None:
        """Of a job. Before its end comes what it left here: the controller may hold the next design
        against it at once, and names that this lab gave back are free."""
        if event["kind"] == "finished":
            self._take_inventory(self.inventory)
        self._report(event)

    def _report(self, event: Mapping[str, Any]) -> None:
        self.session.put(event)
