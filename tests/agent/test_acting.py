"""Actions on VMs beside what others do to them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from designer.machine.resources import Asked, Domain
from designer.wire import agent as wire
from tasks.agent.acting import Acting
from tasks.agent.job import Job
from tasks.agent.labs import LabRecord, Labs
from tests.agent.designs import LAB, job

PATIENCE = 10.0
VM = Domain(name=f"{LAB}-vm1", uuid="u", memory=64, vcpus=1, owner=LAB)


class Vms:
    """A hypervisor with one VM that takes as long to be forced off as the test wants."""

    def __init__(self) -> None:
        self.begun, self.goes_on = threading.Event(), threading.Event()
        self.left: asyncio.Queue[Container[str]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def lifecycle(self) -> Any:
        return self

    def copying(self) -> Any:
        return self

    def mend(self) -> None:
        """Nothing was left half done."""

    def force_off(self, lab: str, name: str, asked: Asked) -> str:
        self.begun.set()
        assert self.goes_on.wait(PATIENCE)
        return "Forced off."

    def forget_overruled(self, but_for: Container[str]) -> None:
        self._loop.call_soon_threadsafe(self.left.put_nowait, but_for)


@asynccontextmanager
async def acting_on(vms: Vms, state: Path) -> AsyncIterator[Acting]:
    labs = Labs(state)
    labs.remember(LabRecord(LAB, Job.read(job([VM]))))
    acting = Acting(vms, labs, lambda: None)
    await acting.mend()
    following = asyncio.create_task(acting.follow())
    try:
        yield acting
    finally:
        vms.goes_on.set()
        following.cancel()
        acting.close()


async def test_what_is_asked_of_a_vm_is_not_forgotten_under_the_action(tmp_path: Path) -> None:
    """Between what it writes down and what it does, the VM is otherwise than asked: that is not
    somebody else's doing. Looked at again it is as soon as the action is over."""
    vms = Vms()
    told: list[Any] = []
    errand = wire.Act(run="00000000-0000-4000-8000-000000000001", lab=LAB, domain=VM.name,
                      action="force-off", by="alice", at="2026-11-27T12:03:00Z")  # fmt: skip
    async with acting_on(vms, tmp_path) as acting:
        action = asyncio.create_task(acting.act(errand, told.append))
        await asyncio.to_thread(vms.begun.wait, PATIENCE)
        acting.look()
        assert await asyncio.wait_for(vms.left.get(), PATIENCE) == {VM.name}
        vms.goes_on.set()
        await asyncio.wait_for(action, PATIENCE)
        assert told[-1]["state"] == "done"
        assert await asyncio.wait_for(vms.left.get(), PATIENCE) == set()
