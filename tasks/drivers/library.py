"""Copies of library images in the hypervisor's image folder: ``.library/SHA256``, each one whole
and of the content that its name says, for it gets its name only then.

What is being copied is ``.library/SHA256.part``. Both are ours alone: the folder's dot keeps them
out of the images that the folder itself offers.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from designer.machine.images import SHA256
from designer.machine.resources import Image, Key

FOLDER = ".library"
_PART = ".part"
_OLD = 24 * 3600
"""Seconds after which half a copy is no longer worth to be gone on with."""


class Library:
    """Under the image folder ``images_dir``. From any thread; names are checked, so that nothing
    leads out of the folder."""

    def __init__(self, images_dir: Path) -> None:
        self.folder = Path(images_dir) / FOLDER

    def path(self, sha256: str) -> Path:
        """Where a copy is, or would be. Raises ValueError."""
        if not SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256")
        return self.folder / sha256

    def part(self, sha256: str) -> Path:
        """Where it is while it is copied; its folder is there."""
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        return self.path(sha256).with_name(f"{sha256}{_PART}")

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def observe(self, keys: Iterable[Key]) -> Iterator[Image]:
        """The copies at those keys."""
        for key in keys:
            if key[0] != "image":
                continue
            with contextlib.suppress(FileNotFoundError):
                size = self.path(key[1]).stat().st_size
                yield Image(sha256=key[1], size=size)

    def contents(self) -> tuple[str, ...]:
        """Of all copies, in order."""
        with contextlib.suppress(FileNotFoundError):
            return tuple(sorted(one for one in os.listdir(self.folder) if SHA256.fullmatch(one)))
        return ()

    def keep(self, sha256: str) -> None:
        """The part is whole and was found to be of that content: give it its name, for good."""
        part = self.part(sha256)
        part.chmod(0o644)
        part.replace(self.path(sha256))
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def sweep_parts(self) -> None:
        """Half copies that nobody has gone on with for a day."""
        if not self.folder.is_dir():
            return
        for part in self.folder.glob(f"*{_PART}"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < time.time() - _OLD:
                    part.unlink()

    def free(self) -> int:
        """Bytes free where the images are; 0 where that cannot be told."""
        with contextlib.suppress(OSError):
            return shutil.disk_usage(nearest(self.folder)).free
        return 0


def nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
