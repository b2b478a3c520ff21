"""Whether a namespace forwards, in both families (net.ipv4.ip_forward, net.ipv6.conf.all)."""

from __future__ import annotations

import contextlib
import socket as families
from struct import Struct

from tasks.drivers.kernel.links import write_sysctl
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import Failure, NetlinkSocket
from tasks.drivers.netlink.wire import Request

_I32 = Struct("=i")
_ALL = wire.attribute(c.NETCONFA_IFINDEX, _I32.pack(c.NETCONFA_IFINDEX_ALL))
QUESTIONS = tuple(
    Request(c.RTM_GETNETCONF, bytes((family, 0, 0, 0)) + _ALL)
    for family in (families.AF_INET, families.AF_INET6)
)
"""What to ask for (netconf.h); cheaper than the files under /proc/sys."""
_FILES = ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding")


def answer(reply: Page | Failure) -> bool | None:
    """Whether it forwards; None in a kernel without that family."""
    if isinstance(reply, Failure):
        return None
    found = decode.number(reply, 0, len(reply.raw), c.NETCONFA_FORWARDING)
    return None if found is None else bool(found)


def both(v4: bool | None, v6: bool | None) -> bool:
    """On only where both families are, or the one that the kernel has."""
    known = [one for one in (v4, v6) if one is not None]
    return bool(known) and all(known)


def read(socket: NetlinkSocket) -> tuple[bool | None, bool | None]:
    """What the socket's namespace does, in IPv4 and in IPv6."""
    v4, v6 = map(answer, socket.ask(QUESTIONS))
    return v4, v6


def put(on: bool, now: tuple[bool | None, bool | None]) -> None:
    """Switch both families where they are not so ``now``, in the namespace where the thread
    stands."""
    for family, path in zip(now, _FILES, strict=True):
        if family is not on:
            with contextlib.suppress(FileNotFoundError):  # a kernel without that family
                write_sysctl(path, b"1" if on else b"0")
