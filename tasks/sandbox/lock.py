"""One owner for a folder at a time; the kernel frees what a killed owner held."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from tasks.sandbox.errors import SandboxError


class FolderLock:
    """Held from `take` to `release`, or to the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Make the folder if need be and own it, or say who does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = (self._folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise SandboxError(
                f"{self._folder} is used by another sandbox (process {owner}): "
                "stop that one first, or give this one another folder"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let it go. Calling it again does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None
