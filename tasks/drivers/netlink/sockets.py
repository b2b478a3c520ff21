"""A netlink socket that sends many requests at once and says which of them failed, and why.

Requests go down up to 128 to one ``sendmsg``, with an acknowledgement asked for the last only: the
kernel still reports each one that failed, by its sequence number. It works through one such bundle
without a break, so that no signal, SIGKILL included, falls between two of its messages.

A socket belongs to the network namespace in which its thread was when it was made, for good.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.wire import ATTRIBUTE, HEADER, Request

BUNDLE = 128
_ROOM = 32 * 1024
"""The kernel fills no more than this at once of a dump, however large the buffer."""
_SIGNED = struct.Struct("=i")
_DUMP_TRIES = 5


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
        self._sequence = itertools.count(1)
        self._buffer = bytearray(_ROOM)
        self._view = memoryview(self._buffer)

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
            for place, failure, _ in self._exchange(requests[start : start + BUNDLE]):
                if failure is not None:
                    failures[start + place] = failure
        return failures

    def ask(self, requests: Sequence[Request]) -> list[bytes | Failure]:
        """One answer (a message with its header) to each request that is not a dump; empty for
        one that was carried out and has none."""
        answers: list[bytes | Failure] = [b""] * len(requests)
        for start in range(0, len(requests), BUNDLE):
            for place, failure, message in self._exchange(requests[start : start + BUNDLE]):
                if failure is not None:
                    answers[start + place] = failure
                elif message:
                    answers[start + place] = message
        return answers

    def _exchange(self, requests: Sequence[Request]) -> Iterator[tuple[int, Failure | None, bytes]]:
        first = next(self._sequence)
        for _ in requests[1:]:
            last = next(self._sequence)
        last = first + len(requests) - 1
        parts = []
        for sequence, request in enumerate(requests, first):
            flags = request.flags | c.NLM_F_REQUEST
            if sequence == last:
                flags |= c.NLM_F_ACK
            parts.append(HEADER.pack(16 + len(request.body), request.type, flags, sequence, 0))
            parts.append(request.body)
        self._socket.sendall(b"".join(parts))
        while True:
            for kind, flags, sequence, start, end in self._receive():
                if not first <= sequence <= last:
                    continue
                if kind != c.NLMSG_ERROR:
                    yield sequence - first, None, bytes(self._view[start:end])
                    continue
                code = -_SIGNED.unpack_from(self._buffer, start + 16)[0]
                if code:
                    words = self._words(flags, start, end) or os.strerror(code)
                    yield sequence - first, Failure(code, words), b""
                if sequence == last:
                    return

    def dump(self, type: int, body: bytes) -> Iterator[tuple[memoryview, int]]:
        """Buffers of a dump with the length used in each; a buffer is valid until the next.

        The caller walks it with :func:`messages`. Raises NetlinkError where the kernel refuses.
        """
        sequence = next(self._sequence)
        flags = c.NLM_F_REQUEST | c.NLM_F_DUMP
        self._socket.send(HEADER.pack(16 + len(body), type, flags, sequence, 0) + body)
        while True:
            size = self._socket.recv_into(self._buffer)
            kind = 0
            for kind, _, number, start, _end in messages(self._view, size):
                if number == sequence and kind in (c.NLMSG_ERROR, c.NLMSG_DONE):
                    code = -_SIGNED.unpack_from(self._buffer, start + 16)[0]
                    if code:
                        raise NetlinkError(code, os.strerror(code))
                    if kind == c.NLMSG_DONE:
                        if start:
                            yield self._view, start
                        return
            yield self._view, size

    def _receive(self) -> Iterable[tuple[int, int, int, int, int]]:
        return messages(self._view, self._socket.recv_into(self._buffer))

    def _words(self, flags: int, start: int, end: int) -> str:
        """The text of an extended acknowledgement (Documentation/userspace-api/netlink)."""
        if not flags & c.NLM_F_ACK_TLVS:
            return ""
        at = start + 20 + 16  # the error number, the header of our request; capped
        while at + 4 <= end:
            size, kind = ATTRIBUTE.unpack_from(self._buffer, at)
            if size < 4:
                break
            if kind == c.NLMSGERR_ATTR_MSG:
                return bytes(self._view[at + 4 : at + size]).rstrip(b"\0").decode(errors="replace")
            at += (size + 3) & ~3
        return ""


_SO_RCVBUFFORCE = 33
"""asm-generic/socket.h; not in Python's module."""


def messages(buffer: memoryview, size: int) -> Iterator[tuple[int, int, int, int, int]]:
    """(type, flags, sequence, start, end) of each message in a buffer; start is of its header."""
    at = 0
    while at + 16 <= size:
        length, kind, flags, sequence, _ = HEADER.unpack_from(buffer, at)
        if length < 16:
            return
        yield kind, flags, sequence, at, at + length
        at += (length + 3) & ~3
