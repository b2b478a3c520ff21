"""The connection to libvirtd: opened when needed, opened again when libvirtd was restarted."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt

from tasks.drivers.libvirt_ import events

T = TypeVar("T")

_RESTART = 10.0
"""Seconds that a restarting libvirtd is given to answer again."""
_BUSY_PAUSES = (0.2, 0.5, 1.0)


class Connection:
    """Thread-safe. Every use is a call of :meth:`do` with what to do on the open connection."""

    def __init__(self, uri: str, patience: float = _RESTART) -> None:
        self.uri = uri
        self.patience = patience
        self._open: Any = None
        self._lock = threading.Lock()

    def do(self, what: Callable[[Any], T], *, wait: float | None = None) -> T:
        """Do something idempotent. It is done again where libvirtd was restarted under it, and
        where a domain was busy for a moment. Raises libvirtError."""
        deadline = time.monotonic() + (self.patience if wait is None else wait)
        busy = iter(_BUSY_PAUSES)
        while True:
            connection = None
            try:
                connection = self._opened()
                return what(connection)
            except libvirt.libvirtError as error:
                if is_busy(error):
                    pause = next(busy, None)
                    if pause is None:
                        raise
                    time.sleep(pause)
                    continue
                if connection is not None and _alive(connection):
                    raise
                self._drop(connection)
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.1)

    def close(self) -> None:
        self._drop(self._open)

    def _opened(self) -> Any:
        with self._lock:
            if self._open is None or not _alive(self._open):
                events.start()
                self._open = libvirt.open(self.uri)
                with contextlib.suppress(libvirt.libvirtError):  # drivers without a daemon
                    self._open.setKeepAlive(5, 3)
            return self._open

    def _drop(self, connection: Any) -> None:
        with self._lock:
            if connection is None or connection is not self._open:
                return
            self._open = None
        with contextlib.suppress(libvirt.libvirtError):
            connection.close()


def is_busy(error: libvirt.libvirtError) -> bool:
    """Another job holds the domain; that passes."""
    return error.get_error_code() in (
        libvirt.VIR_ERR_OPERATION_TIMEOUT,
        libvirt.VIR_ERR_RESOURCE_BUSY,
    )


def is_missing(error: libvirt.libvirtError) -> bool:
    return bool(error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN)


def _alive(connection: Any) -> bool:
    try:
        return bool(connection.isAlive())
    except libvirt.libvirtError:
        return False
