"""The journal of one lab's deployment: what was meant, written down before it is done.

An append-only file. After eight bytes of magic come records, each of length and CRC-32 (two
big-endian 32-bit words) and a JSON object with the key "is":

    begin   the job, what of the lab stood before, what must be done
    doing   batch [from, to) of the plan's operations goes down now
    done    that batch is in the kernel
    undo    why everything goes back to what stood before
    end     the event `finished` as it is told to the controller: the deployment's commit point

The space for everything after `begin` is taken when the file is made, so that a full disk is met
before the machine is touched. Unused space is zeros, and a record of length 0 is the end. A torn
last record (power cut) has a wrong length or checksum; it is cut off when the journal is opened
again. Whatever it announced is found out by observing, as operations are idempotent.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from struct import Struct
from typing import Any

from tasks.agent import disk
from tasks.agent.errors import CannotRecord

Record = Mapping[str, Any]

_MAGIC = b"trunkln1"
_HEAD = Struct(">II")
_LARGEST = 1 << 30
_ROOM = 64 * 1024
"""Bytes kept free for `undo` and `end`, whose words may be long."""
_ROOM_PER_BATCH = 256


class Journal:
    """Open for appending. Every append is on disk when it returns, or raises CannotRecord."""

    def __init__(self, path: Path, descriptor: int, end: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._end = end

    @classmethod
    def create(cls, path: Path, begin: Record | bytes, batches: int) -> Journal:
        """Make the file with its first record, and room for `batches` there and back.

        On any failure nothing is left of it.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise CannotRecord(path, error) from None
        journal = cls(path, descriptor, 0)
        try:
            journal._write(_MAGIC + _encode(begin), batches * _ROOM_PER_BATCH + _ROOM)
            disk.sync_folder(path.parent)
        except OSError as error:
            journal.remove()
            raise CannotRecord(path, error) from None
        return journal

    @classmethod
    def open(cls, path: Path) -> tuple[Journal, Sequence[Record]]:
        """An existing journal and what it says; a torn tail is cut off.

        No record at all means that the agent died while it made the file: nothing was changed.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        content = path.read_bytes()
        records, end = _decode(content)
        if end < len(content):
            os.ftruncate(descriptor, end)
            with contextlib.suppress(OSError):  # a full disk: append() will say so
                os.posix_fallocate(descriptor, 0, end + _ROOM)
            os.fsync(descriptor)
        return cls(path, descriptor, end), records

    def append(self, *records: Record) -> None:
        """Write these and wait for the disk."""
        try:
            self._write(b"".join(map(_encode, records)))
        except OSError as error:
            raise CannotRecord(self.path, error) from None

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def remove(self) -> None:
        """The deployment is over and recorded elsewhere, or never began."""
        self.close()
        disk.remove(self.path)

    def _write(self, data: bytes, room: int = 0) -> None:
        if room:
            os.posix_fallocate(self._descriptor, 0, self._end + len(data) + room)
        written = 0
        while written < len(data):
            count = os.pwrite(self._descriptor, data[written:], self._end + written)
            if count == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written += count
        os.fdatasync(self._descriptor)
        self._end += len(data)  # only now: a failed record is written over by the next


def _encode(record: Record | bytes) -> bytes:
    if isinstance(record, bytes):  # the JSON text itself
        payload = record
    else:
        payload = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def _decode(content: bytes) -> tuple[list[Record], int]:
    """The whole records, and where the last of them ends."""
    if content[: len(_MAGIC)] != _MAGIC:
        return [], 0
    records: list[Record] = []
    at = len(_MAGIC)
    while at + _HEAD.size <= len(content):
        length, checksum = _HEAD.unpack_from(content, at)
        payload = content[at + _HEAD.size : at + _HEAD.size + length]
        if not 0 < length < _LARGEST or len(payload) < length or zlib.crc32(payload) != checksum:
            break
        records.append(json.loads(payload))
        at += _HEAD.size + length
    return records, at
