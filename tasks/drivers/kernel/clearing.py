"""How fast namespaces may go, so that nobody else waits long.

The kernel clears dead namespaces away in the background, all that have come together meanwhile in
one go, and holds its lock for network changes while it does: a thousand at once would keep every
other network operation of the machine waiting for a good part of a second. When it begins with one
it says so to whoever knew it by an id (RTM_DELNSID), as the hypervisor's own namespace does.
"""

from __future__ import annotations

import contextlib
import socket
import time

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.wire import HEADER

AT_ONCE = 128
"""Namespaces that may wait to be cleared away together."""
_PATIENCE = 0.5
"""Seconds to wait for the kernel at most; then go on, for that it goes fast is no promise."""


class Pace:
    """Counts what the kernel has begun to clear away. To be made before the first one goes."""

    def __init__(self) -> None:
        self._gone = 0
        self._begun = 0
        self._news = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, c.NETLINK_ROUTE
        )
        self._news.bind((0, 0))
        self._news.setsockopt(c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, c.RTNLGRP_NSID)

    def close(self) -> None:
        self._news.close()

    def gone(self) -> None:
        """One more went. Waits where too many are still to be cleared away."""
        self._gone += 1
        if self._gone - self._begun < AT_ONCE:
            return
        deadline = time.monotonic() + _PATIENCE
        # Half of them: the rest goes on while the kernel is at work.
        while self._gone - self._begun > AT_ONCE // 2:
            left = deadline - time.monotonic()
            if left <= 0 or not self._listen(left):
                self._begun = self._gone
                return

    def _listen(self, seconds: float) -> bool:
        self._news.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            message = self._news.recv(4096)
            self._begun += HEADER.unpack_from(message)[1] == c.RTM_DELNSID
            return True
        return False
