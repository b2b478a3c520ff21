"""A connection to the controller that may be cut from another thread.

Whoever waits for a byte of it waits no longer then: shutdown(2) wakes a read at once, where closing
the socket would not. Redirections are not followed: the credential goes to the controller and
nowhere else.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import urllib.request
from collections.abc import Callable
from typing import Any


class Line:
    """One connection at a time; once cut, it brings nothing more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._opener = urllib.request.build_opener(_NoRedirects, _Plain(self), _Secure(self))

    def open(self, request: urllib.request.Request, timeout: float) -> Any:
        """The answer to the request. Raises what urllib raises."""
        return self._opener.open(request, timeout=timeout)

    def cut(self) -> None:
        """From any thread, whatever goes on."""
        with self._lock:
            self._is_cut = True
            self._shut_down()

    def hold(self, connected: socket.socket) -> None:
        with self._lock:
            self._socket = connected
            if self._is_cut:
                self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                # Of TCP: a TLS socket would forget its session, while it is read.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_held(http.client.HTTPConnection, self._line), request)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_held(http.client.HTTPSConnection, self._line), request)


def _held(
    kind: type[http.client.HTTPConnection], line: Line
) -> Callable[..., http.client.HTTPConnection]:
    """What makes connections of this kind whose sockets the line holds."""

    class Held(kind):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            super().connect()
            line.hold(self.sock)

    return Held
