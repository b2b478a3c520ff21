"""Ports that somebody listens on, by proc_net_tcp (Documentation/networking/proc_net_tcp.rst)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Port = tuple[Literal["tcp", "udp"], int]

_NET = Path("/proc/thread-self/net")
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_WAITING = {"tcp": "0A", "udp": "07"}
"""The state of a socket that takes what comes: TCP_LISTEN; of UDP, one without a peer."""
_LOOPBACK = ("7F", "00000000000000000000000001000000")
"""Ends of what such addresses are there: words of four bytes, in the processor's order."""


def ports() -> frozenset[Port]:
    """Those of the namespace of this thread that are open to others. A UDP port among those that
    the kernel hands out by itself is some client's, and comes and goes."""
    first = int(_EPHEMERAL.read_text().split()[0])
    found = set(_open("tcp")) | {one for one in _open("udp") if one[1] < first}
    return frozenset(found)


def _open(protocol: Literal["tcp", "udp"]) -> Iterator[Port]:
    for table in (protocol, f"{protocol}6"):
        with contextlib.suppress(FileNotFoundError):  # a kernel without IPv6
            for line in (_NET / table).read_text().splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                address, _, port = local.partition(":")
                if state == _WAITING[protocol] and not address.endswith(_LOOPBACK):
                    yield protocol, int(port, 16)
