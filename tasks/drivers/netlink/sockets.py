"""A netlink socket that sends many requests at once and says which of them failed, and why.

Requests go down up to 128 to one ``sendmsg``, with an acknowledgement asked for the last only: the
kernel still reports each one that failed, by its sequence number. It works through one such bundle
without a break, so that no signal, SIGKILL included, falls between two of its messages.

A socket belongs to the network namespace in which its thread was when it was made, for good.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.wire import ATTRIBUTE, HEADER, Request

T = TypeVar("T")
BUNDLE = 128
QUESTIONS = 64
"""So many answers wait in the kernel at a time."""
_ROOM = 32 * 1024
"""The kernel fills no more than this at once of a dump, however large the buffer."""
_MASK = 0xFFFFFFFF
_ENDS = frozenset({c.NLMSG_ERROR, c.NLMSG_DONE})


@dataclass(frozen=True, slots=True)
class Failure:
    """The kernel's answer to a request that it refused; ``words`` are its own where it has any
    (the extended acknowledgement), else the text of the error number."""

    errno: int
    words: str


class NetlinkError(OSError):
    """A dump was refused."""


class NetlinkSocket:
    """One socket. Not for two threads at once."""

    def __init__(self, protocol: int = c.NETLINK_ROUTE, *, room: int = 4 << 20) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol
        )
        for option in (c.NETLINK_CAP_ACK, c.NETLINK_EXT_ACK, c.NETLINK_GET_STRICT_CHK):
            self._socket.setsockopt(c.SOL_NETLINK, option, 1)
        # Answers to a whole bundle wait in the kernel until we read them.
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, room)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self._next = 1
        self._page = Page(bytearray(_ROOM))

    def __enter__(self) -> NetlinkSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, requests: Sequence[Request]) -> dict[int, Failure]:
        """Carry out requests in order; the failed ones by their place in the sequence."""
        failures: dict[int, Failure] = {}
        for start in range(0, len(requests), BUNDLE):
            bundle = requests[start : start + BUNDLE]
            first, last = self._post(bundle, c.NLM_F_ACK)
            waiting = True
            while waiting:
                for kind, flags, sequence, at, end in self._receive():
                    if kind == c.NLMSG_ERROR and first <= sequence <= last:
                        if failure := self._failure(flags, at, end):
                            failures[start + sequence - first] = failure
                        waiting = waiting and sequence != last
        return failures

    def ask(self, requests: Sequence[Request]) -> list[Page | Failure]:
        """The answer to each request, of kinds that have exactly one: a message of its own."""
        answers: list[Page | Failure] = []
        for start in range(0, len(requests), QUESTIONS):
            bundle = requests[start : start + QUESTIONS]
            first, last = self._post(bundle)
            nothing = Failure(errno.ENODATA, "the kernel gave no answer")
            found: list[Page | Failure] = [nothing] * len(bundle)
            waiting = True
            while waiting:
                for kind, flags, sequence, at, end in self._receive():
                    if first <= sequence <= last:
                        if kind != c.NLMSG_ERROR:
                            found[sequence - first] = Page(bytes(self._page.raw[at:end]))
                        elif failure := self._failure(flags, at, end):
                            found[sequence - first] = failure
                        waiting = waiting and sequence != last
            answers += found
        return answers

    def dump(self, type: int, body: bytes, read: Callable[[Page, int, int], T]) -> list[T]:
        """What ``read`` makes of each message of a dump. It is given the page, and where in it the
        message begins and ends; the page is written over afterwards.

        Raises NetlinkError where the kernel refuses.
        """
        sequence, _ = self._post([Request(type, body, c.NLM_F_DUMP)])
        page = self._page
        halves, wholes = page.halves, page.wholes
        found: list[T] = []
        while True:
            size = self._socket.recv_into(page.raw)
            at = 0
            while at + 16 <= size:
                place = at >> 2
                length = wholes[place]
                if length < 16:
                    break
                if wholes[place + 2] == sequence:
                    kind = halves[(at >> 1) + 2]
                    if kind in _ENDS:
                        if code := -wholes[place + 4] & _MASK:
                            raise NetlinkError(code, os.strerror(code))
                        if kind == c.NLMSG_DONE:
                            return found
                    else:
                        found.append(read(page, at, at + length))
                at += (length + 3) & ~3

    def _post(self, requests: Sequence[Request], last_flag: int = 0) -> tuple[int, int]:
        """Send requests as one bundle; the first and the last of their sequence numbers."""
        first = self._next
        last = first + len(requests) - 1
        self._next = last + 1
        parts = []
        for sequence, request in enumerate(requests, first):
            flags = request.flags | c.NLM_F_REQUEST
            if sequence == last:
                flags |= last_flag
            parts.append(HEADER.pack(16 + len(request.body), request.type, flags, sequence, 0))
            parts.append(request.body)
        self._socket.sendall(b"".join(parts))
        return first, last

    def _receive(self) -> Iterator[tuple[int, int, int, int, int]]:
        """(type, flags, sequence, start, end) of each message of the next lot."""
        size = self._socket.recv_into(self._page.raw)
        at = 0
        while at + 16 <= size:
            length, kind, flags, sequence, _ = HEADER.unpack_from(self._page.raw, at)
            if length < 16:
                return
            yield kind, flags, sequence, at, at + length
            at += (length + 3) & ~3

    def _failure(self, flags: int, start: int, end: int) -> Failure | None:
        """What an error message says; None where it is an acknowledgement."""
        code = -self._page.wholes[(start >> 2) + 4] & _MASK
        if not code:
            return None
        return Failure(code, self._words(flags, start, end) or os.strerror(code))

    def _words(self, flags: int, start: int, end: int) -> str:
        """The text of an extended acknowledgement (Documentation/userspace-api/netlink)."""
        if not flags & c.NLM_F_ACK_TLVS:
            return ""
        at = start + 20 + 16  # the error number, the header of our request; capped
        while at + 4 <= end:
            size, kind = ATTRIBUTE.unpack_from(self._page.raw, at)
            if size < 4:
                break
            if kind == c.NLMSGERR_ATTR_MSG:
                return (
                    bytes(self._page.raw[at + 4 : at + size]).rstrip(b"\0").decode(errors="replace")
                )
            at += (size + 3) & ~3
        return ""


_SO_RCVBUFFORCE = 33
"""asm-generic/socket.h; not in Python's module."""
