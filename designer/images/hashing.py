"""SHA-256 of uploads, worked out while they come.

Kept in memory by the process that took the pieces; where another one took some, or the server was
started again, the file is read once more at its end.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any
from uuid import UUID

from designer.images import storage

_MOST = 64
"""Uploads at a time; the longest untouched is forgotten first."""

_kept: OrderedDict[UUID, tuple[int, Any]] = OrderedDict()
_lock = threading.Lock()


def took(upload: UUID, offset: int, piece: bytes) -> None:
    """A piece has been written at ``offset``."""
    with _lock:
        at, hasher = _kept.pop(upload, (0, None))
        if offset == 0:
            at, hasher = 0, hashlib.sha256()
        if hasher is None or at != offset:
            return
        _kept[upload] = (at + len(piece), hasher)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    hasher.update(piece)  # outside of the lock: one upload has one sender


def digest_of(upload: UUID, path: Path) -> str:
    """Of the whole file."""
    with _lock:
        at, hasher = _kept.pop(upload, (0, None))
    if hasher is not None and at == path.stat().st_size:
        return str(hasher.hexdigest())
    return storage.digest_of(path)


def forget(upload: UUID) -> None:
    with _lock:
        _kept.pop(upload, None)
