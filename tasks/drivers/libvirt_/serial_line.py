"""The line to a VM's serial port: what is typed goes in by it.

libvirt opens it for one at a time (virDomainOpenConsole), so all consoles of a VM share it. What
the guest says comes out of it as well, and is read at once and thrown away: it stands in the log
(:mod:`tasks.drivers.libvirt_.console_log`), and a port whose open line nobody reads would hold the
guest up.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

import libvirt

from tasks.drivers.consoles import Ended

_EVENTS = (
    libvirt.VIR_STREAM_EVENT_READABLE
    | libvirt.VIR_STREAM_EVENT_ERROR
    | libvirt.VIR_STREAM_EVENT_HANGUP
)
_WOULD_BLOCK = -2
"""Of virStreamSend and virStreamRecv."""


class SerialLine:
    """Made open. Thread-safe; libvirt's event thread reads."""

    def __init__(self, connection: Any, handle: Any, *, force: bool) -> None:
        """Raises libvirtError."""
        self._connection = connection
        self._stream = connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
        # SAFE: only where libvirt can keep others out (or put them out).
        flags = libvirt.VIR_DOMAIN_CONSOLE_SAFE
        if force:
            flags |= libvirt.VIR_DOMAIN_CONSOLE_FORCE
        handle.openConsole(None, self._stream, flags)
        self._lock = threading.Lock()
        self._wakers: set[int] = set()
        self._ended = False
        self._stream.eventAddCallback(_EVENTS, self._on_event, None)

    @property
    def ended(self) -> bool:
        """Whether the VM went off, or libvirt did."""
        return self._ended or not self._connection.isAlive()

    def join(self, waker: int) -> None:
        """Add to this eventfd whenever the guest says something."""
        with self._lock:
            self._wakers.add(waker)

    def leave(self, waker: int) -> bool:
        """Whether that was the last one."""
        with self._lock:
            self._wakers.discard(waker)
            return not self._wakers

    def write(self, data: bytes) -> int:
        """How many bytes were taken. Raises Ended."""
        if self._ended:
            raise Ended
        try:
            count = self._stream.send(data)
        except libvirt.libvirtError:
            self._end()
            raise Ended from None
        return 0 if count == _WOULD_BLOCK else int(count)

    def close(self) -> None:
        """Let the port go."""
        self._end()
        with contextlib.suppress(libvirt.libvirtError):
            self._stream.eventRemoveCallback()
        with contextlib.suppress(libvirt.libvirtError):
            self._stream.abort()

    def _on_event(self, stream: Any, happened: int, _: Any) -> None:
        try:
            while happened & libvirt.VIR_STREAM_EVENT_READABLE:
                said = stream.recv(64 * 1024)
                if said == _WOULD_BLOCK:
                    break
                if not said:
                    raise Ended
            if happened & (libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP):
                raise Ended
        except (libvirt.libvirtError, Ended):
            with contextlib.suppress(libvirt.libvirtError):
                stream.eventRemoveCallback()  # else it is called without end
            self._end()
        self._wake()

    def _end(self) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            for waker in self._wakers:
                os.eventfd_write(waker, 1)
