"""Actions on VMs, as agents are asked for them and as browsers see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.base import Long, Message, Moment, Text, Uuid, Word
from designer.wire.deployment import Person

VmActionName = Literal[
    "start", "shutdown", "reboot", "force-off", "pause", "resume",
    "snapshot", "revert", "delete-snapshot", "clone",
]  # fmt: skip
SNAPSHOT_NAME = r"^[A-Za-z0-9][A-Za-z0-9 ._:-]{0,59}$"
SnapshotName = Annotated[str, Field(pattern=SNAPSHOT_NAME)]
"""It becomes a name in the disk's own table and a file of libvirt's."""


class VmAction(Message):
    """What was asked of a VM by hand. ``clone`` is the node that gets a copy of its disk;
    ``unknown``: nobody knows what became of it."""

    id: Uuid
    node: Word
    action: VmActionName
    snapshot: Word
    clone: Word
    state: Literal["asked", "running", "done", "failed", "unknown"]
    message: Long
    advice: Text
    hypervisor: Word
    by: Person | None
    created: Moment
    finished: Moment | None
