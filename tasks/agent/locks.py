"""One agent on a hypervisor, one worker on a lab: locks that the kernel frees when we die.

flock(2) belongs to the open file, so it ends with the process however that ends, and it has no
time limit: an agent that was frozen past any deadline still holds its locks when it wakes, and a
second one was refused all the while. There is no lease that could be lost, hence no stale token to
check. That holds where the state folder is on a local file system, as it must be.

The state folder's lock does not see an agent with another state folder in the same network, so a
second lock stands in the network namespace itself: an abstract Unix socket address (unix(7)).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tasks.agent.errors import AlreadyRunning

_NETWORK_LOCK = "\0trunkline-agent"


class FileLock:
    """A flock on a file that has the holder's process id in it: of one holder alone, or ``shared``
    by several who hold it so."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path = path
        self._how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take it, or raise AlreadyRunning that names the holder."""
        file = self.path.open("a+")  # closed on exec, as all of Python's files are
        try:
            fcntl.flock(file, self._how | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            file.close()
            raise AlreadyRunning(f"{self.path}: is held by process {holder}") from None
        with contextlib.suppress(OSError):  # a full disk does not void the lock
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        self._file = file

    def free(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def __enter__(self) -> FileLock:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.free()


@contextlib.contextmanager
def only_agent(state_dir: Path) -> Iterator[None]:
    """Be the only agent of this state folder and of this network namespace."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(FileLock(state_dir / "agent.lock"))
        except AlreadyRunning as error:
            raise AlreadyRunning(
                f"Another agent works in this state folder, stop it: {error}"
            ) from None
        network = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        try:
            network.bind(_NETWORK_LOCK)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise AlreadyRunning(
                "Another agent, with another state folder, works on this hypervisor's network: "
                "stop it (`ss -xlp` shows @trunkline-agent and its process)"
            ) from None
        yield
