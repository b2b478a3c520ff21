"""Files of images: in ``contents`` under their SHA-256, in ``uploads`` while they come.

Both folders are on one file system, so that a whole file gets its name by a rename. The database
says which contents are wanted; the two are brought together under a lock on the folder, which
holds between the processes of a server.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from designer.machine.images import SHA256

RESERVE = 512 << 20
"""Bytes of the disk that images leave free: the database may be on it too."""
STEP = 1 << 20


def contents() -> Path:
    return _folder("contents")


def content(sha256: str) -> Path:
    """Where a content is, or would be."""
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is no SHA-256")  # and would name a file elsewhere
    return contents() / sha256


def partial(upload: UUID) -> Path:
    """Where an upload's bytes go."""
    return _folder("uploads") / str(UUID(str(upload)))


def free() -> int:
    """Bytes that images may still take."""
    return max(0, shutil.disk_usage(contents()).free - RESERVE)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Held while contents and the database are brought together, the transaction's end included."""
    with (contents().parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def adopt(upload: Path, sha256: str) -> None:
    """Make a whole upload a content, for good. Under the lock."""
    with upload.open("rb") as file:
        os.fsync(file.fileno())
    upload.chmod(0o444)
    upload.replace(content(sha256))
    folder = os.open(contents(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read once."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(name: str) -> Path:
    folder: Path = settings.IMAGES_DIR / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
