"""Hearing of files that are put into a folder: inotify(7), by way of the C library."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from pathlib import Path

IN_CLOSE_WRITE, IN_MOVED_TO, IN_DELETE = 0x8, 0x80, 0x200
IN_IGNORED, IN_Q_OVERFLOW = 0x8000, 0x4000
"""include/uapi/linux/inotify.h. Ignored: the folder is gone, and so is the watch."""
_EVENT = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


class FolderWatch:
    """Files written, renamed into place or removed in one folder. Raises OSError where there is
    no such folder, or it may not be read."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = _checked(_libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK), folder)
        mask = ctypes.c_uint32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE)
        try:
            _checked(_libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask), folder)
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        os.close(self._descriptor)

    def read(self) -> Iterator[str]:
        """The names of what changed since; "" where that was too much to tell. Raises
        FileNotFoundError once the folder is gone."""
        while True:
            try:
                data = os.read(self._descriptor, 65536)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                _, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size
                name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
                at += length
                if mask & IN_IGNORED:
                    raise FileNotFoundError("the folder is gone")
                yield "" if mask & IN_Q_OVERFLOW else name


def _checked(result: int, folder: Path) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))
    return result
