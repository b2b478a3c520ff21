"""libvirt's event loop, in a thread of its own, started before the first connection is opened.

Without it neither events nor keep-alives nor close callbacks arrive (libvirt-host.h,
virEventRegisterDefaultImpl). It serves every connection of the process and ends with it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import libvirt

_lock = threading.Lock()
_started = False


def start() -> None:
    """Start the loop if it does not run yet. After a fork the child wants a process of its own."""
    global _started
    with _lock:
        if _started:
            return
        # Errors come as exceptions; by default libvirt prints them to stderr as well.
        libvirt.registerErrorHandler(_say_nothing, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run, name="libvirt-events", daemon=True).start()
        _started = True


def _say_nothing(_context: Any, _error: Any) -> None:
    pass


def _run() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()


class LifecycleWatch:
    """Calls back when domains or networks of this libvirt may have changed, and after each new
    connection.

    Events that arrive while the callback runs are one further call. When libvirtd goes away it
    is asked again, at first at once and then every two seconds.
    """

    def __init__(self, uri: str, on_change: Callable[[], None]) -> None:
        start()
        self._uri = uri
        self._on_change = on_change
        self._wake = threading.Event()
        self._closing = False
        self._lost = True
        self._connection: Any = None
        self._thread = threading.Thread(target=self._watch, name="libvirt-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; the callback is not called any more once this returns."""
        self._closing = True
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _watch(self) -> None:
        pause = 0.1
        while not self._closing:
            if self._lost:
                if not self._connect():
                    self._wake.wait(pause)
                    pause = min(pause * 2, 2.0)
                    continue
                pause = 0.1
                self._wake.set()  # whatever happened meanwhile told nobody
            self._wake.wait()
            self._wake.clear()
            if not self._closing and not self._lost:
                self._on_change()
        self._hang_up()

    def _connect(self) -> bool:
        self._hang_up()
        try:
            connection = libvirt.open(self._uri)
            connection.registerCloseCallback(self._on_close, None)
            connection.setKeepAlive(5, 3)
            connection.domainEventRegisterAny(
                None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_event, None
            )
        except libvirt.libvirtError:
            return False
        with contextlib.suppress(libvirt.libvirtError):  # a libvirt without networks
            connection.networkEventRegisterAny(
                None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, self._on_event, None
            )
        self._connection, self._lost = connection, False
        return True

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.unregisterCloseCallback()
                connection.close()
            except libvirt.libvirtError:
                pass  # it is gone already

    def _on_event(self, *_: Any) -> None:
        self._wake.set()

    def _on_close(self, *_: Any) -> None:
        self._lost = True
        self._wake.set()
