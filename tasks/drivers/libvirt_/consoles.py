"""Consoles of our domains: the serial port and the screen.

On a connection of their own: what streams over it delays nobody who changes a domain. Nothing here
listens on the network; a screen is had as a file descriptor from libvirt (virDomainOpenGraphicsFD),
which speaks RFB (RFC 6143).
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt

from tasks.drivers.consoles import CannotOpen, Console, Ended
from tasks.drivers.libvirt_.connection import Connection
from tasks.drivers.libvirt_.console_log import ConsoleLog
from tasks.drivers.libvirt_.disks import Disks
from tasks.drivers.libvirt_.marked import marked
from tasks.drivers.libvirt_.serial_line import SerialLine
from tasks.drivers.reach.errors import CannotTry

T = TypeVar("T")


class Consoles:
    """From any thread; opening may take a moment, nothing else does."""

    def __init__(self, uri: str, disks: Disks) -> None:
        self._connection = Connection(uri)
        self._disks = disks
        self._lock = threading.Lock()
        self._lines: dict[str, SerialLine] = {}

    def serial(self, lab: str, domain: str, *, force: bool = False) -> Console:
        """The serial port. ``force`` takes it from another program that has it. Raises
        CannotOpen."""

        def open_line(connection: Any) -> SerialLine:
            handle = marked(connection, lab, domain)
            line = self._lines.get(domain)
            if line is not None and not line.ended:
                return line
            return SerialLine(connection, handle, force=force)

        with self._lock:
            line = self._lines[domain] = self._opened(domain, open_line)
            return SerialConsole(line, ConsoleLog(self._disks.console(domain)), self._left)

    def graphics(self, lab: str, domain: str) -> Console:
        """The screen. Raises CannotOpen."""

        def open_screen(connection: Any) -> int:
            handle = marked(connection, lab, domain)
            # Without VNC's own sign-in: who may come here was decided before.
            return int(handle.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH))

        return GraphicsConsole(self._opened(domain, open_screen))

    def close(self) -> None:
        with self._lock:
            for line in self._lines.values():
                line.close()
            self._lines.clear()
        self._connection.close()

    def _opened(self, domain: str, what: Callable[[Any], T]) -> T:
        try:
            return self._connection.do(what, wait=0)
        except CannotTry as error:
            raise CannotOpen("missing", error.words) from None
        except libvirt.libvirtError as error:
            raise _why(error) from None

    def _left(self, line: SerialLine, waker: int) -> None:
        with self._lock:
            if not line.leave(waker):
                return
            line.close()
            for domain in [name for name, one in self._lines.items() if one is line]:
                del self._lines[domain]


class SerialConsole:
    """One reader of a serial port, with all the others on the same line."""

    def __init__(
        self, line: SerialLine, log: ConsoleLog, left: Callable[[SerialLine, int], None]
    ) -> None:
        self._line, self._log, self._left = line, log, left
        self._waker: int | None = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        line.join(self._waker)

    def fileno(self) -> int:
        assert self._waker is not None
        return self._waker

    def read(self, most: int) -> tuple[int, bytes]:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.fileno())
        ended = self._line.ended  # asked before: what was said until then stands in the log
        skipped, data = self._log.read(most)
        if ended and not (skipped or data):
            raise Ended
        return skipped, data

    def write(self, data: bytes) -> int:
        return self._line.write(data)

    def close(self) -> None:
        waker, self._waker = self._waker, None
        if waker is not None:
            self._left(self._line, waker)
            os.close(waker)
            self._log.close()


class GraphicsConsole:
    """A screen: RFB, of which no byte may be left out."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self, most: int) -> tuple[int, bytes]:
        try:
            data = self._socket.recv(most)
        except BlockingIOError:
            return 0, b""
        except OSError:
            raise Ended from None
        if not data:
            raise Ended
        return 0, data

    def write(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            raise Ended from None

    def close(self) -> None:
        self._socket.close()


def _why(error: libvirt.libvirtError) -> CannotOpen:
    words = str(error.get_error_message() or error)
    if error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID:
        return CannotOpen("off", "The VM does not run.")
    if "Active console session exists" in words:
        return CannotOpen(
            "busy", "A program on the hypervisor has this serial port open, such as virsh console."
        )
    if "No graphics backend" in words:
        return CannotOpen(
            "missing",
            "This VM runs without graphics. Give it some in the drawing and deploy; where that "
            "waits for its next start, shut it down and start it.",
        )
    return CannotOpen("failed", f"libvirt cannot open it: {words}")
