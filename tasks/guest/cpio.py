"""Archives in cpio's "newc" format, the one the Linux kernel unpacks its initramfs from.

Format: Linux Documentation/driver-api/early-userspace/buffer-format.rst. Written by hand, so that
the same content gives the same bytes: no clock, no owner, no inode of this machine gets in.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field


@dataclass
class Archive:
    """Collects entries; `bytes()` of it is the archive."""

    _entries: dict[str, tuple[int, bytes, tuple[int, int]]] = field(default_factory=dict)

    def folder(self, path: str) -> None:
        """Add a folder and those above it."""
        while path:
            self._entries.setdefault(path, (stat.S_IFDIR | 0o755, b"", (0, 0)))
            path = path.rpartition("/")[0]

    def file(self, path: str, content: bytes, *, program: bool = False) -> None:
        """Add a file, and the folders it stands in."""
        self.folder(path.rpartition("/")[0])
        self._entries[path] = (stat.S_IFREG | (0o755 if program else 0o644), content, (0, 0))

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link, and the folders it stands in."""
        self.folder(path.rpartition("/")[0])
        self._entries[path] = (stat.S_IFLNK | 0o777, target.encode(), (0, 0))

    def character_device(self, path: str, major: int, minor: int) -> None:
        """Add a character device. Needs no privilege: it is only a line in the archive."""
        self.folder(path.rpartition("/")[0])
        self._entries[path] = (stat.S_IFCHR | 0o600, b"", (major, minor))

    def __bytes__(self) -> bytes:
        # Sorted, a folder comes before what stands in it.
        parts = [
            _entry(inode, path, *self._entries[path])
            for inode, path in enumerate(sorted(self._entries), start=1)
        ]
        return b"".join([*parts, _entry(0, "TRAILER!!!", 0, b"", (0, 0))])


def _entry(inode: int, path: str, mode: int, content: bytes, device: tuple[int, int]) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    numbers = (inode, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return _padded(header + name) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
