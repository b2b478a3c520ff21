"""What this hypervisor knows of its labs between deployments, in the state folder:

    labs/<lab>.json          what is applied, and which job was finished last
    journals/<lab>.journal   a deployment under way (see `tasks.agent.journal`)
    locks/<lab>.lock         held by whoever works on the lab

A deployment is committed by the journal's last record, `end`; making `labs/<lab>.json` of it and
removing the journal comes after and may be repeated. Where that fails (a full disk) the journal
stays and counts as the record, and the next deployment tries again.

Files hold jobs as they came over the wire.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from designer.machine.marks import LAB_TAG
from designer.machine.state import MachineState
from tasks.agent import disk
from tasks.agent.errors import CannotRecord
from tasks.agent.job import Job
from tasks.agent.journal import Journal, Record
from tasks.agent.locks import FileLock

log = logging.getLogger("trunkline.labs")


@dataclass(frozen=True)
class LabRecord:
    """`applied` is the job that was last applied and verified, None of a lab that never was or is
    destroyed; `last` is the event `finished` of the job that was finished last."""

    lab: str
    applied: Job | None = None
    last: Mapping[str, Any] | None = None

    @property
    def generation(self) -> int:
        """Of the job that was finished last."""
        return -1 if self.last is None else int(self.last["generation"])

    @property
    def is_destroyed(self) -> bool:
        """Nothing of it is here, and that is as it was wanted."""
        return self.is_absent and self.last is not None and self.last["outcome"] == "applied"

    @property
    def is_absent(self) -> bool:
        """Nothing of it is here: destroyed, or what was begun first was put back or never touched.
        After "failed" something may stand."""
        return self.applied is None and self.last is not None and self.last["outcome"] != "failed"


class Labs:
    """The records of all labs, in memory and on disk."""

    def __init__(self, state_dir: Path) -> None:
        self._folders = [state_dir / name for name in ("labs", "journals", "locks")]
        for folder in self._folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._records: dict[str, LabRecord] = {}
        for path in sorted(self._folders[0].glob("*.json")):
            record = _read(path)
            if record is not None:
                self._records[record.lab] = record

    def __iter__(self) -> Iterator[LabRecord]:
        return iter(list(self._records.values()))

    def get(self, lab: str) -> LabRecord:
        return self._records.get(lab) or LabRecord(lab)

    def lock(self, lab: str, *, shared: bool = False) -> FileLock:
        """Held while anything of the lab is changed; shared by whoever acts on single VMs."""
        return FileLock(self._path(2, lab, "lock"), shared=shared)

    def begin(self, job: Job, before: MachineState, batches: int) -> Journal:
        """Start a journal. Raises CannotRecord; then nothing may be changed."""
        path = self._path(1, job.lab, "journal")
        if path.exists():  # ended, but could not be made a record of: that must come first
            journal, records = Journal.open(path)
            if records and records[-1]["is"] == "end":
                self.commit(journal, Job.read(records[0]["job"]), records[-1]["event"])
            else:
                journal.remove()  # given up by recovery; what it changed has been observed
        # Put together from JSON texts: a large lab is not taken through Python twice.
        stood = to_json(list(before))
        begin = b'{"is":"begin","job":%b,"before":%b}' % (job.json, stood)
        return Journal.create(path, begin, batches)

    def open_journals(self) -> Iterator[tuple[str, Journal, Sequence[Record]]]:
        """What an earlier run left."""
        for path in sorted(self._folders[1].glob("*.journal")):
            journal, records = Journal.open(path)
            if records:
                yield path.stem, journal, records
            else:
                journal.remove()  # died before the first record: nothing was changed

    def commit(self, journal: Journal, job: Job, event: Mapping[str, Any]) -> None:
        """Make the record of an ended journal, then remove it. Raises CannotRecord."""
        self.keep(after(self.get(job.lab), job, event))
        journal.remove()

    def remember(self, record: LabRecord) -> None:
        """In memory alone."""
        self._records[record.lab] = record

    def keep(self, record: LabRecord) -> None:
        """Put the record on disk; that of a lab with nothing applied goes, once it was destroyed.

        In memory it stays, so that a repeated message finds its job finished.
        """
        self.remember(record)
        path = self._path(0, record.lab, "json")
        try:
            if record.is_destroyed:
                self.leave_no_file(record.lab)
            else:
                disk.replace(path, _text(record))
        except OSError as error:
            raise CannotRecord(path, error) from None

    def forget(self, lab: str) -> None:
        """The controller knows nothing more of this lab, and nothing of it is here."""
        self._records.pop(lab, None)
        self.leave_no_file(lab)

    def leave_no_file(self, lab: str) -> None:
        """Nothing of this lab is here; how it ended is remembered, to be shown, in memory alone."""
        path = self._path(0, lab, "json")
        if path.exists():  # else there is nothing to sync either, and this is asked often
            disk.remove(path)
        self._path(2, lab, "lock").unlink(missing_ok=True)

    def _path(self, folder: int, lab: str, suffix: str) -> Path:
        if not LAB_TAG.fullmatch(lab):
            raise ValueError(f"{lab!r} is no lab's tag")  # and would name a file elsewhere
        return self._folders[folder] / f"{lab}.{suffix}"


def after(record: LabRecord, job: Job, event: Mapping[str, Any]) -> LabRecord:
    """The lab's record once this job has ended with this event `finished`."""
    if event["outcome"] != "applied":
        return replace(record, last=event)
    return replace(record, applied=job if len(job.desired) else None, last=event)


def _text(record: LabRecord) -> bytes:
    applied = b"null" if record.applied is None else record.applied.json
    lab, last = to_json(record.lab), to_json(record.last)
    return b'{"lab":%b,"applied":%b,"last":%b}' % (lab, applied, last)


def _read(path: Path) -> LabRecord | None:
    try:
        document = json.loads(path.read_bytes())
        applied = document["applied"]
        return LabRecord(
            lab=document["lab"],
            applied=None if applied is None else Job.read(applied),
            last=document["last"],
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        # Whole files only are ever put in place, so this is damage from outside. What is on the
        # hypervisor carries its marks: the next deployment or destroy finds it all the same.
        log.error("%s is damaged and is not used: %s", path, error)
        return None
