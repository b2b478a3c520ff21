"""Which card leads to the controller, and which cannot be a bridge's port at all."""

from __future__ import annotations

import socket as names
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request

_AGAIN = 300.0
"""Seconds for which a name's addresses are good."""
_ETHERNET = "1"
"""ARPHRD_ETHER (linux/if_arp.h)."""


class Resolved:
    """Addresses by the host's name, asked for now and then."""

    def __init__(self) -> None:
        self._host, self._found, self._until = "", frozenset[str](), 0.0

    def addresses(self, host: str) -> frozenset[str]:
        """Those of the host; those of before while it cannot be asked for them."""
        if not host or (host == self._host and time.monotonic() < self._until):
            return self._found if host else frozenset()
        try:
            told = names.getaddrinfo(host, None, type=names.SOCK_STREAM)
        except OSError:
            return self._found if host == self._host else frozenset()
        self._found = frozenset(str(one[4][0]).partition("%")[0] for one in told)
        self._host, self._until = host, time.monotonic() + _AGAIN
        return self._found


def cards_to(
    socket: NetlinkSocket, addresses: Collection[str], there: Mapping[int, LinkSeen]
) -> frozenset[int]:
    """The indexes of the cards by which packets to these addresses leave; where they leave by a
    bridge, its port with the bridge's own MAC address, else all of its ports."""
    found: set[int] = set()
    for address in addresses:
        index = _way(socket, address)
        seen = there.get(index)
        while seen is not None and seen.kind == "vlan" and seen.peer in there:
            index, seen = seen.peer, there[seen.peer]
        if seen is None or seen.flags & c.IFF_LOOPBACK:
            continue
        ports = [one for one in there.values() if one.master == index]
        same = [one for one in ports if one.mac == seen.mac]
        found |= {one.index for one in same or ports} if seen.kind == "bridge" else {index}
    return frozenset(found)


def _way(socket: NetlinkSocket, address: str) -> int:
    """The link by which the kernel would send to this address; 0 where it knows no way."""
    raw = wire.packed(address)
    body = wire.ROUTE.pack(wire.family_of(address), len(raw) * 8, 0, 0, 0, 0, 0, 0, 0)
    answer = socket.ask([Request(c.RTM_GETROUTE, body + wire.attribute(c.RTA_DST, raw))])[0]
    return decode.route(answer, 0, len(answer.raw)).index if isinstance(answer, Page) else 0


def unbridgeable(name: str, devices: Path = Path("/sys/class/net")) -> str:
    """Why the kernel refuses the link as a bridge's port, or nothing (net/bridge/br_if.c: not
    Ethernet, or IFF_DONT_BRIDGE, which wireless cards have but for access points)."""
    device = devices / name
    if any((device / word).exists() for word in ("wireless", "phy80211")):
        return "a wireless card"
    try:
        kind = (device / "type").read_text().strip()
    except OSError:
        return ""
    return "" if kind == _ETHERNET else "no Ethernet card"
