"""Actions on VMs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, model_validator

from designer.api.schemas.common import Person, Strict
from designer.topology.document import MOST_RECORDS
from designer.wire.acting import SnapshotName, VmActionName

ON_SNAPSHOTS = ("snapshot", "revert", "delete-snapshot")


class VmActionIn(Strict):
    """``snapshot`` names the one to take, to go back to, or to delete. ``clone`` is the id of a
    drawn VM that is not deployed yet: its disk will be a copy of this one's as it is now."""

    action: VmActionName
    snapshot: SnapshotName | None = None
    clone: Annotated[str, Field(max_length=40)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> VmActionIn:
        if (self.snapshot is not None) != (self.action in ON_SNAPSHOTS):
            raise ValueError(f"snapshot goes with {', '.join(ON_SNAPSHOTS)} and with these alone")
        if (self.clone is not None) != (self.action == "clone"):
            raise ValueError("clone names the other VM, and goes with clone alone")
        return self


class VmsActionIn(Strict):
    """Of these VMs, or of all."""

    action: Literal["start", "shutdown", "reboot", "force-off", "pause", "resume"]
    nodes: Annotated[list[str], Field(min_length=1, max_length=MOST_RECORDS)] | None = None


class VmActionOut(Schema):
    """What was asked of a VM by hand. ``message`` says what was done, in libvirt's words where it
    refused, ``advice`` what to do then. ``unknown``: nobody knows what became of it."""

    id: UUID
    node: str
    action: VmActionName
    snapshot: str
    clone: str
    state: Literal["asked", "running", "done", "failed", "unknown"]
    message: str
    advice: str
    hypervisor: str
    by: Person | None
    created: datetime
    finished: datetime | None


class VmsActionOut(Schema):
    """What was begun; ``left_out`` says by VM why the rest was not."""

    actions: list[VmActionOut]
    left_out: dict[str, str]
