"""A thread that goes from network namespace to network namespace, so that nothing has to fork.

A namespace belongs to a thread in Linux: what this thread opens (a socket, a file under
/proc/sys/net) or starts (a program) is in the namespace where it stands at that moment.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tasks.drivers.netlink.constants import CLONE_NEWNET

T = TypeVar("T")
NETNS_DIR = Path("/run/netns")
HERE = "/proc/thread-self/ns/net"
_libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, doing: str) -> None:
    """Raise what a libc call left in errno."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Take this thread into new namespaces (os.unshare wants Python 3.12)."""
    checked(_libc.unshare(flags), "unshare")


def setns(descriptor: int) -> None:
    """Take this thread into a network namespace (os.setns wants Python 3.12)."""
    checked(_libc.setns(descriptor, CLONE_NEWNET), "setns")


class NamespaceThread:
    """The thread; ``""`` is its home, any other name one under /run/netns."""

    def __init__(self, netns: str | None = None) -> None:
        self.home = os.open(str(NETNS_DIR / netns) if netns else HERE, os.O_RDONLY | os.O_CLOEXEC)
        # A thread is born where the one stands that starts it: at home, if no other was named.
        self.here: str | None = None if netns else ""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="netns")
        self.run(self.go, "")  # starts the thread now: it inherits the caller's mounts too

    def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do this on the thread and wait for it; from elsewhere than the thread only."""
        return self._pool.submit(work, *arguments).result()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do this on the thread in a while, unless it is closed by then."""
        timer = threading.Timer(seconds, self._submit, (work,))
        timer.daemon = True
        timer.start()

    def _submit(self, work: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._pool.submit(work)

    def go(self, name: str) -> None:
        """Stand in the namespace of that name; on the thread only. Raises FileNotFoundError."""
        if name == self.here:
            return
        if name == "":
            setns(self.home)
        else:
            descriptor = os.open(NETNS_DIR / name, os.O_RDONLY | os.O_CLOEXEC)
            try:
                setns(descriptor)
            finally:
                os.close(descriptor)
        self.here = name

    def leave(self) -> None:
        """Stand in a new namespace without a name."""
        unshare(CLONE_NEWNET)
        self.here = None

    def close(self) -> None:
        self._pool.shutdown()
        if self.home >= 0:
            os.close(self.home)
            self.home = -1
