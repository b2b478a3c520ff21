"""Opens sockets in the namespace, and on the card, where they belong."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

from designer.machine.marks import parse
from tasks.drivers.kernel.namespaces import loopback
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.threads import NamespaceThread
from tasks.drivers.reach.echo_socket import EchoSocket
from tasks.drivers.reach.errors import CannotTry
from tasks.drivers.reach.frames import Reader
from tasks.drivers.reach.probe_socket import ProbeSocket

S = TypeVar("S", EchoSocket, socket.socket)

_NETNS = re.compile(r"(?!\.{1,2}$)[^/\0]{1,255}")
_NIC = re.compile(r"(?!\.{1,2}$)[^/\0\s:]{1,15}")


class Reach:
    """Of the network namespace where it was made, or of the one that ``netns`` names. From any
    thread; it never waits for the thread that changes the kernel. ``protected`` are the cards that
    nobody may touch."""

    def __init__(self, netns: str | None = None, *, protected: Collection[str] = ()) -> None:
        self._protected = frozenset(protected)
        self._thread = NamespaceThread(netns)

    def close(self) -> None:
        self._thread.close()

    def echo(
        self, lab: str, netns: str, *, ipv6: bool, identifier: int, token: bytes
    ) -> EchoSocket:
        """A socket for echo requests from a namespace of the lab; ``""`` is the hypervisor's own.
        Raises CannotTry."""
        if netns and not _NETNS.fullmatch(netns):
            raise CannotTry(f"{netns!r} is no name of a network namespace.")
        make = partial(EchoSocket, ipv6=ipv6, identifier=identifier, token=token)
        return self._in(lab, netns, make)

    def stream(self, lab: str, netns: str, *, ipv6: bool) -> socket.socket:
        """A socket for one TCP connection from there, as for :meth:`echo`. Raises CannotTry."""
        if netns and not _NETNS.fullmatch(netns):
            raise CannotTry(f"{netns!r} is no name of a network namespace.")
        return self._in(lab, netns, partial(_stream, ipv6))

    def _in(self, lab: str, netns: str, make: Callable[[], S]) -> S:
        made: S = self._thread.run(self._made_in, lab, netns, make)
        return made

    def _made_in(self, lab: str, netns: str, make: Callable[[], S]) -> S:
        try:
            self._thread.go(netns)
            if netns:
                _demand_ours(lab, netns)
            return make()
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINVAL):  # EINVAL: a file that holds none
                words = f"There is no network namespace {netns} here: deploy the lab."
            elif error.errno == errno.EAFNOSUPPORT:
                words = "This hypervisor's kernel has no IPv6."
            else:
                words = f"Nothing can be sent from here: {error.strerror}."
            raise CannotTry(words) from None
        finally:
            self._thread.go("")  # else this thread keeps the namespace alive

    def probe(self, nic: str, reader: Reader) -> ProbeSocket:
        """A socket for probes on a card of this hypervisor. Raises CannotTry."""
        if not _NIC.fullmatch(nic):
            raise CannotTry(f"{nic!r} is no name of a card.")
        if nic in self._protected:
            raise CannotTry(
                f"{nic} is a protected card of this hypervisor: use another one in the drawing, or "
                "take it out of protected_nics in the agent's configuration."
            )
        return self._thread.run(ProbeSocket, nic, reader)


def _stream(ipv6: bool) -> socket.socket:
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)


def _demand_ours(lab: str, netns: str) -> None:
    """Raise CannotTry where the namespace in which this thread stands is not the lab's."""
    socket = NetlinkSocket(room=1 << 16)
    try:
        seen = loopback(socket)
    finally:
        socket.close()
    mark = parse(seen.alias) if seen is not None else None
    if mark is None or mark.lab != lab:
        raise CannotTry(f"The network namespace {netns} does not carry this lab's mark.")
