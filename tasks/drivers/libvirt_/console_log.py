"""What a serial port said, read from the log that virtlogd writes of it.

The log has everything from the VM's start on, whether or not anybody has the console open, and is
written before anybody reads it: so a reader comes in late without missing a byte, falls behind
without holding anybody up, and leaves out what it cannot show without even reading it. virtlogd
rotates by renaming: NAME.log, then NAME.log.0, NAME.log.1 and so on (libvirt, virtlogd.conf).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

SCROLLBACK = 64 * 1024
"""Bytes of what was said before that a reader begins with."""
BEHIND = 128 * 1024
"""Bytes that a reader may be behind; further behind, it goes on near the end."""
KEPT = 32 * 1024
"""Bytes before the end at which it then goes on."""
_LINE = 4 * 1024
"""Bytes in which a line should end; a longer one is cut where it is."""


class ConsoleLog:
    """One reader. Bytes in order, none twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._at = 0

    def read(self, most: int) -> tuple[int, bytes]:
        """(bytes left out, the next bytes), without waiting; both empty at the end."""
        skipped = 0
        if self._file is None:
            if not self._begin():
                return 0, b""
        elif self._size() < self._at:
            self._at = 0  # the VM was started anew
        else:
            skipped = self._catch_up()
        while not (data := os.pread(self._descriptor(), most, self._at)):
            newer = next(self._newer(), None)
            if newer is None or not self._open(newer):
                return skipped, b""
            self._at = 0
        self._at += len(data)
        return skipped, data

    def close(self) -> None:
        """Let the file go; calling it again does nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _begin(self) -> bool:
        """Go back as far as a reader begins; whether there is a log."""
        if not self._open(self._path):
            return False
        wanted = SCROLLBACK - self._size()
        # virtlogd removes those of an earlier run of the VM, so that this one is of the same.
        if wanted > 0 and self._open(self._path.with_name(f"{self._path.name}.0")):
            self._at = max(0, self._size() - wanted)
        else:
            self._at = max(0, -wanted)
        self._to_next_line()
        return True

    def _catch_up(self) -> int:
        """Go near the end where the reader is too far behind it; the bytes left out."""
        newer = list(self._newer())
        sizes = [self._size() - self._at, *map(_size, newer)]
        if sum(sizes) <= BEHIND:
            return 0
        if newer and not self._open(newer[-1]):
            return 0
        last = self._size()
        at = max(0 if newer else self._at, last - KEPT)
        skipped = sum(sizes[:-1]) + at if newer else at - self._at
        self._at = at
        return skipped + self._to_next_line()

    def _to_next_line(self) -> int:
        """Do not begin in the middle of a line; the bytes left out for it."""
        if self._at == 0:
            return 0
        end = os.pread(self._descriptor(), _LINE, self._at).find(b"\n") + 1
        self._at += end
        return end

    def _newer(self) -> Iterator[Path]:
        """The files that the log went on in after this one, oldest first."""
        mine = os.fstat(self._descriptor())
        found: list[Path] = []
        for number in range(-1, 100):
            path = self._path if number < 0 else self._path.with_name(f"{self._path.name}.{number}")
            try:
                there = path.stat()
            except OSError:
                break
            if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino):
                return iter(reversed(found))
            found.append(path)
        # Ours is gone from the disk: what is still there is all newer.
        return iter(reversed(found))

    def _open(self, path: Path) -> bool:
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        self.close()
        self._file = file
        return True

    def _descriptor(self) -> int:
        assert self._file is not None
        return self._file

    def _size(self) -> int:
        return os.fstat(self._descriptor()).st_size


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
