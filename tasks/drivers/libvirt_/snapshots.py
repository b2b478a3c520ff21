"""Snapshots inside a VM's own disk: listed, made, gone back to, deleted.

libvirt calls them internal: the qcow2 file keeps the old clusters and, of a running VM, its memory
(https://libvirt.org/formatsnapshot.html). They go with the disk. A VM without a disk has no place
for them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import libvirt

from designer.machine.resources import Snapshot
from tasks.drivers.libvirt_ import reading, writing


def of(handle: Any) -> tuple[Snapshot, ...]:
    """Those of a domain, oldest first; one question where there are none. Raises libvirtError."""
    if not handle.snapshotNum():
        return ()
    found = [_read(one) for one in handle.listAllSnapshots()]
    return tuple(sorted(found, key=lambda one: (one.at, one.name)))


def make(handle: Any, name: str) -> None:
    """With the memory of a VM that runs, which stands still meanwhile. Raises libvirtError."""
    handle.snapshotCreateXML(writing.snapshot_xml(name), 0)


def revert(handle: Any, name: str, *, paused: bool) -> None:
    """To that state, running or not as it was then; ``paused``: what would run stands still.
    Raises libvirtError."""
    snapshot = handle.snapshotLookupByName(name)
    state = _read(snapshot).state
    flags = libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED if paused and state != "shutoff" else 0
    try:
        handle.revertToSnapshot(snapshot, flags)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_SNAPSHOT_REVERT_RISKY:
            raise
        # The VM has other cards or memory than then: it cannot go on in the same QEMU.
        handle.revertToSnapshot(snapshot, flags | libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)


def delete(handle: Any, name: str) -> None:
    """What came after it stays. Raises libvirtError."""
    handle.snapshotLookupByName(name).delete()


def is_missing(error: libvirt.libvirtError) -> bool:
    return bool(error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT)


def _read(snapshot: Any) -> Snapshot:
    root = reading.parse(snapshot.getXMLDesc())
    made = int(root.findtext("creationTime") or 0)
    return Snapshot(
        name=str(snapshot.getName()),
        at=datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        state=root.findtext("state") or "",
        current=bool(snapshot.isCurrent()),
    )
