"""Word that something changed, from the kernel's own announcements.

What changed is not decoded: after any number of events the listener reads the state again, which is
exact whatever was lost. So a storm costs no memory, and a full socket (ENOBUFS) is one event more.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import socket
import threading
import time
from collections.abc import Callable

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.threads import NamespaceThread

_LOG = logging.getLogger(__name__)
_GROUPS = (
    c.RTNLGRP_LINK,
    c.RTNLGRP_IPV4_IFADDR,
    c.RTNLGRP_IPV6_IFADDR,
    c.RTNLGRP_IPV4_ROUTE,
    c.RTNLGRP_IPV6_ROUTE,
)
_SETTLE = 0.005
"""Seconds from the first event to the call: events come in bursts."""
_APART = 0.025
"""Seconds between two calls at least."""
_AGAIN = 1.0
"""Seconds until a socket that broke is opened anew."""
_ROOM = 1 << 20
_DRAIN = 2048
"""Messages taken off the socket before the listener is told in between."""


class KernelWatch:
    """Calls ``on_change`` from a thread of its own until it is closed, whatever happens.

    Events of the hypervisor's own namespace and of all that it knows by an id: ours get one when
    they are made (NETLINK_LISTEN_ALL_NSID, netlink(7)).
    """

    def __init__(self, thread: NamespaceThread, on_change: Callable[[], None]) -> None:
        self._namespaces = thread
        self._on_change = on_change
        self._asleep = os.eventfd(0, os.EFD_CLOEXEC)
        self._closed = threading.Event()
        self._sockets = self._open()  # now: from here on nothing is missed
        self._thread = threading.Thread(target=self._run, name="kernel-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop calling. Calling it again does nothing."""
        if self._closed.is_set():
            return
        os.eventfd_write(self._asleep, 1)  # never read: the thread does not sleep again
        self._closed.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _open(self) -> list[socket.socket]:
        return self._namespaces.run(_listeners)

    def _close(self) -> None:
        for one in self._sockets:
            one.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except Exception:
                _LOG.exception("listening for network changes broke off; opening it anew")
                if self._closed.wait(_AGAIN):
                    break
                with contextlib.suppress(Exception):
                    self._close()
                    self._sockets = self._open()
                self._tell()
        self._close()
        os.close(self._asleep)

    def _listen(self) -> None:
        waiting = select.poll()
        for one in self._sockets:
            waiting.register(one, select.POLLIN)
        waiting.register(self._asleep, select.POLLIN)
        last = 0.0
        while True:
            waiting.poll()
            if self._closed.wait(max(_SETTLE, last + _APART - time.monotonic())):
                return
            for one in self._sockets:
                self._drain(one)
            last = time.monotonic()
            self._tell()

    def _drain(self, events: socket.socket) -> None:
        buffer = bytearray(16)  # the rest of each message is cut off unseen
        for _ in range(_DRAIN):
            try:
                events.recv_into(buffer, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise

    def _tell(self) -> None:
        try:
            self._on_change()
        except Exception:
            _LOG.exception("the listener for network changes failed")


def _listeners() -> list[socket.socket]:
    """A kernel without nftables announces no change of the packet filter."""
    found = [listener()]
    with contextlib.suppress(OSError):
        found.append(_hears(c.NETLINK_NETFILTER, (c.NFNLGRP_NFTABLES,)))
    return found


def listener() -> socket.socket:
    """A socket that hears of every change of links, addresses and routes that is announced."""
    events = _hears(c.NETLINK_ROUTE, _GROUPS)
    with contextlib.suppress(OSError):  # a kernel before 5.7 tells all of them as links
        events.setsockopt(c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, c.RTNLGRP_BRVLAN)
    return events


def _hears(family: int, groups: tuple[int, ...]) -> socket.socket:
    """Raises OSError where the kernel has no such family or group."""
    events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
    with contextlib.suppress(OSError):  # without CAP_NET_BROADCAST: our own namespace only
        events.setsockopt(c.SOL_NETLINK, c.NETLINK_LISTEN_ALL_NSID, 1)
    events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    events.bind((0, 0))
    try:
        for group in groups:
            events.setsockopt(c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, group)
    except OSError:
        events.close()
        raise
    return events
