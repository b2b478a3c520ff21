"""An action on a VM, from the errand to how it ended.

Beside the hands: a guest that takes a minute to shut down holds up no deployment. The lab's lock is
shared with other actions, held while something is done and not while a guest is waited for. While
the lab is deployed an action waits a little, and is then refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from designer.machine.marks import Mark
from designer.machine.resources import Asked, Domain
from designer.wire import agent as wire
from tasks.agent import events
from tasks.agent.errors import AlreadyRunning
from tasks.agent.labs import Labs
from tasks.agent.machine import Acting as Machine
from tasks.drivers.errors import CannotAct

log = logging.getLogger("trunkline.acting")

T = TypeVar("T")

GUEST_TAKES = 60.0
"""Seconds that a guest has to shut down or to start anew."""
PRESS_EVERY = 10.0
"""Seconds after which it is asked again: one that boots hears no power button yet."""
WAIT_FOR_LAB = 15.0
"""Seconds that an action waits for a deployment of its lab to end."""
TELL_EVERY = 5.0
"""Seconds between signs that it still goes on; the controller gives up without."""
_LOOK_EVERY = 0.3
_FORGETS_EVERY = 1.0
_THREADS = 8
"""For calls of libvirt, which may take as long as a snapshot or a copy does."""


class Acting:
    """Belongs to one event loop; close() it when that ends. `changed` is called when something
    was done, so that it is looked at."""

    def __init__(self, machine: Machine, labs: Labs, changed: Callable[[], None]) -> None:
        self._machine, self._labs, self._changed = machine, labs, changed
        self._threads = ThreadPoolExecutor(_THREADS, "acting")
        self._closing = threading.Event()
        self._mended = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self._seen_to = asyncio.Lock()
        self._changes = asyncio.Event()

    def close(self) -> None:
        """What libvirt is at is left to end by itself; a copy is left off."""
        self._closing.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def mend(self) -> None:
        """What an earlier run of the agent left half done goes; only then anything is begun."""
        try:
            with contextlib.suppress(CannotAct):  # no libvirt, no copies
                await self.call(self._machine.copying().mend)
        finally:
            self._mended.set()

    async def act(self, errand: wire.Act, report: Callable[[Mapping[str, Any]], None]) -> None:
        """Do it, and report how it ended."""
        await self._mended.wait()
        tell = partial(events.acted, errand.run, errand.lab)
        action = Action(errand, self, lambda words: report(tell("running", words)))
        telling = asyncio.create_task(action.tell())
        try:
            async with self._at(errand.domain):
                message = await action.carry_out()
        except CannotAct as error:
            report(tell("failed", error.words, error.advice))
        else:
            report(tell("done", message))
        finally:
            telling.cancel()
            self._changed()

    @contextlib.asynccontextmanager
    async def _at(self, domain: str) -> AsyncIterator[None]:
        """What is asked of it is ours to say meanwhile."""
        async with self._seen_to:
            self._busy[domain] += 1
        try:
            yield
        finally:
            self._busy[domain] -= 1
            self._changes.set()

    def look(self) -> None:
        """VMs may have changed. In this loop."""
        self._changes.set()

    async def follow(self) -> None:
        """For ever: where somebody else has the last word on a VM, what was asked of it before is
        forgotten."""
        while True:
            await self._changes.wait()
            self._changes.clear()
            async with self._seen_to:
                busy = {domain for domain, count in self._busy.items() if count}
                with contextlib.suppress(CannotAct):  # libvirt tells when it is there again
                    await self.call(partial(self._machine.lifecycle().forget_overruled, busy))
            await asyncio.sleep(_FORGETS_EVERY)

    async def call(self, what: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, what)

    @property
    def closing(self) -> bool:
        return self._closing.is_set()

    @property
    def machine(self) -> Machine:
        return self._machine

    @property
    def labs(self) -> Labs:
        return self._labs


class Action:
    """One action. `say` reports how far it is."""

    def __init__(self, errand: wire.Act, acting: Acting, say: Callable[[str], None]) -> None:
        self._errand, self._acting, self._say = errand, acting, say
        self._words = ""
        self._changed_words = asyncio.Event()

    async def tell(self) -> None:
        """Now, when there is something new to say, and every few seconds."""
        while True:
            self._changed_words.clear()
            self._say(self._words)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed_words.wait(), TELL_EVERY)
            await asyncio.sleep(_LOOK_EVERY)

    async def carry_out(self) -> str:
        """What was done, in words. Raises CannotAct."""
        wanted, mark = self._wanted()
        lab, name, vms = mark.lab, wanted.name, self._acting.machine.lifecycle()
        match self._errand.action:
            case "start":
                return await self._do(partial(vms.start, wanted, mark, self._asked("running")))
            case "resume":
                return await self._do(partial(vms.resume, wanted, mark, self._asked("running")))
            case "pause":
                return await self._do(partial(vms.pause, lab, name, self._asked("paused")))
            case "force-off":  # whatever goes on: nothing else may hold it up
                return await self._acting.call(
                    partial(vms.force_off, lab, name, self._asked("off"))
                )
            case "shutdown":
                return await self._shut_down(lab, name)
            case "reboot":
                return await self._reboot(lab, name)
            case "clone":
                copying = self._acting.machine.copying()
                target = self._errand.clone or ""
                return await self._do(partial(copying.copy, name, target, mark, self._copying))
            case "snapshot":
                self._say_now("Taking the snapshot; the VM stands still meanwhile.")
                return await self._do(partial(vms.snapshot, lab, name, self._snapshot))
            case "revert":
                self._say_now("Going back to the snapshot.")
                by, at = self._errand.by, self._errand.at
                return await self._do(partial(vms.revert, wanted, mark, self._snapshot, by, at))
            case "delete-snapshot":
                return await self._do(partial(vms.delete_snapshot, lab, name, self._snapshot))

    def _wanted(self) -> tuple[Domain, Mark]:
        """The VM as it was applied last, and the lab's mark."""
        applied = self._acting.labs.get(self._errand.lab).applied
        wanted = applied and applied.desired.get(("domain", self._errand.domain))
        if applied is None or not isinstance(wanted, Domain):
            raise CannotAct("The VM is not deployed on this hypervisor.", "Deploy the lab.")
        return wanted, Mark(applied.lab, applied.deployment)

    def _asked(self, state: Any) -> Asked:
        return Asked(state=state, by=self._errand.by, at=self._errand.at)

    @property
    def _snapshot(self) -> str:
        return self._errand.snapshot or ""

    def _say_now(self, words: str) -> None:
        self._words = words
        self._changed_words.set()

    def _copying(self, words: str) -> bool:
        """From the thread that copies."""
        self._words = words
        return not self._acting.closing

    async def _do(self, what: Callable[[], T]) -> T:
        """Under the lab's lock."""
        async with self._lab():
            return await self._acting.call(what)

    @contextlib.asynccontextmanager
    async def _lab(self) -> AsyncIterator[None]:
        lock = self._acting.labs.lock(self._errand.lab, shared=True)
        deadline = time.monotonic() + WAIT_FOR_LAB
        while True:
            try:
                lock.take()
                break
            except AlreadyRunning:
                if time.monotonic() > deadline:
                    raise CannotAct(
                        "The lab is being deployed.", "Try again when the deployment has ended."
                    ) from None
                if not self._words:
                    self._say_now("Waits for the deployment of the lab to end.")
                await asyncio.sleep(_LOOK_EVERY)
        try:
            yield
        finally:
            lock.free()

    async def _shut_down(self, lab: str, name: str) -> str:
        vms, call = self._acting.machine.lifecycle(), self._acting.call
        press = partial(vms.press_power, lab, name, self._asked("off"))
        if not await self._do(press):
            return "It was shut off already."
        self._say_now("The guest was asked to shut down.")
        deadline = time.monotonic() + GUEST_TAKES
        again = time.monotonic() + PRESS_EVERY
        while not await call(partial(vms.is_off, lab, name)):
            now = time.monotonic()
            if now > deadline:
                await call(partial(vms.forget_asked, lab, name))
                raise CannotAct(
                    f"The guest did not shut down within {GUEST_TAKES:g} s: it runs on.",
                    "Wait until it has booted and shut it down again, or force it off.",
                )
            if now > again:
                again = now + PRESS_EVERY
                await call(press)
            await asyncio.sleep(_LOOK_EVERY)
        return "Shut down."

    async def _reboot(self, lab: str, name: str) -> str:
        vms, call = self._acting.machine.lifecycle(), self._acting.call
        reboot = await self._do(partial(vms.begin_reboot, lab, name))
        self._say_now("The guest was asked to start anew.")
        deadline = time.monotonic() + GUEST_TAKES
        again = time.monotonic() + PRESS_EVERY
        try:
            while not reboot.happened():
                now = time.monotonic()
                if await call(reboot.is_off):
                    raise CannotAct("The guest shut itself down instead.", "Start it.")
                if now > deadline:
                    raise CannotAct(
                        f"The guest did not start anew within {GUEST_TAKES:g} s: it runs on.",
                        "Wait until it has booted and try again, or force it off and start it.",
                    )
                if now > again:
                    again = now + PRESS_EVERY
                    await call(reboot.press)
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            await call(reboot.close)
        return "Started anew."
