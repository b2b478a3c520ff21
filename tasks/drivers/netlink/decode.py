"""The few attributes that are wanted of the many messages that come: links, addresses, routes.

Each function takes a message's place in a page and copies out what it keeps. Held against
pyroute2's own decoding in tests/drivers.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import NamedTuple

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.layout import Layout, Span, layout
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.wire import unpacked

_SIGN = 1 << 31
_WITH_DATA = frozenset({"bridge", "vxlan", "vlan"})
"""Kinds of links whose own attributes are kept."""


class PortSeen(NamedTuple):
    """What a bridge tells of a port; ``state`` is the number of a BR_STATE_*."""

    state: int | None
    priority: int | None
    cost: int | None
    hairpin: bool | None


@dataclass(slots=True)
class LinkSeen:
    """A link as the kernel tells it. ``peer`` is IFLA_LINK: the other end of a veth, by its index
    in the namespace ``peer_nsid`` (None: the same one); ``data`` are the attributes of its kind."""

    index: int
    flags: int
    name: str = ""
    mac: str = ""
    mtu: int = 0
    master: int = 0
    kind: str = ""
    alias: str = ""
    group: int = 0
    peer: int = 0
    peer_nsid: int | None = None
    ipv6: bool = False
    """False too where there is none at all: an MTU below 1280, or a kernel without it."""
    altnames: tuple[str, ...] = ()
    data: dict[int, bytes] | None = None
    port: PortSeen | None = None

    @property
    def up(self) -> bool:
        return bool(self.flags & c.IFF_UP)

    @property
    def running(self) -> bool:
        return bool(self.flags & c.IFF_LOWER_UP)

    @property
    def operational(self) -> bool:
        """The kernel has taken notice of its carrier, and sends what it is given (RFC 2863)."""
        return bool(self.flags & c.IFF_RUNNING)


@dataclass(slots=True)
class AddressSeen:
    index: int
    address: str
    """With its prefix length: "10.0.0.1/24"."""
    protocol: int


@dataclass(slots=True)
class RouteSeen:
    to: str
    via: str
    index: int
    protocol: int
    table: int
    type: int


def attributes(page: Page, at: int, end: int) -> dict[int, Span]:
    """The attributes between two places; of one that comes twice, the last."""
    found: dict[int, Span] = {}
    halves = page.halves
    while at + 4 <= end:
        place = at >> 1
        size = halves[place]
        if size < 4 or at + size > end:
            break
        found[halves[place + 1] & c.NLA_TYPE_MASK] = (at + 4, at + size)
        at += (size + 3) & ~3
    return found


def link(page: Page, start: int, end: int) -> LinkSeen:
    """An RTM_NEWLINK message; ``start`` is of its netlink header."""
    raw, wholes = page.raw, page.wholes
    place = layout(page, start, end)
    at = place.link.get
    seen = LinkSeen(wholes[(start + 20) >> 2], wholes[(start + 24) >> 2])
    if span := at(c.IFLA_IFNAME):
        seen.name = _text(raw, start + span[0], start + span[1])
    if span := at(c.IFLA_ADDRESS):
        seen.mac = raw[start + span[0] : start + span[1]].hex(":")
    if span := at(c.IFLA_MTU):
        seen.mtu = wholes[(start + span[0]) >> 2]
    if span := at(c.IFLA_MASTER):
        seen.master = wholes[(start + span[0]) >> 2]
    if span := at(c.IFLA_GROUP):
        seen.group = wholes[(start + span[0]) >> 2]
    if span := at(c.IFLA_LINK):
        seen.peer = wholes[(start + span[0]) >> 2]
    if span := at(c.IFLA_LINK_NETNSID):
        seen.peer_nsid = _signed(wholes[(start + span[0]) >> 2])
    if span := at(c.IFLA_IFALIAS):
        seen.alias = _text(raw, start + span[0], start + span[1])
    if span := at(c.IFLA_PROP_LIST):
        seen.altnames = _alternative_names(page, start + span[0], start + span[1])
    if place.info:
        _link_info(seen, page, start, place)
    if place.conf is not None:
        seen.ipv6 = not wholes[((start + place.conf) >> 2) + c.DEVCONF_DISABLE_IPV6]
    return seen


def _signed(number: int) -> int:
    return number if number < _SIGN else number - 2 * _SIGN


def _link_info(seen: LinkSeen, page: Page, start: int, place: Layout) -> None:
    raw = page.raw
    if span := place.info.get(c.IFLA_INFO_KIND):
        seen.kind = _text(raw, start + span[0], start + span[1])
    if seen.kind in _WITH_DATA and (span := place.info.get(c.IFLA_INFO_DATA)):
        seen.data = {
            kind: bytes(raw[first:last])
            for kind, (first, last) in attributes(page, start + span[0], start + span[1]).items()
        }
    span = place.info.get(c.IFLA_INFO_SLAVE_KIND)
    if place.port and span and _text(raw, start + span[0], start + span[1]) == "bridge":
        told = place.port
        state, hairpin = told.get(c.IFLA_BRPORT_STATE), told.get(c.IFLA_BRPORT_MODE)
        priority, cost = told.get(c.IFLA_BRPORT_PRIORITY), told.get(c.IFLA_BRPORT_COST)
        seen.port = PortSeen(
            raw[start + state[0]] if state else None,
            page.halves[(start + priority[0]) >> 1] if priority else None,
            page.wholes[(start + cost[0]) >> 2] if cost else None,
            bool(raw[start + hairpin[0]]) if hairpin else None,
        )


def _alternative_names(page: Page, at: int, end: int) -> tuple[str, ...]:
    names = []
    while at + 4 <= end:
        size, kind = page.halves[at >> 1], page.halves[(at >> 1) + 1]
        if size < 4:
            break
        if kind & c.NLA_TYPE_MASK == c.IFLA_ALT_IFNAME:
            names.append(_text(page.raw, at + 4, at + size))
        at += (size + 3) & ~3
    return tuple(names)


def bridge_vlans(page: Page, start: int, end: int) -> tuple[int, list[tuple[int, int]]]:
    """Of an RTM_NEWLINK message of family AF_BRIDGE: (index, entries), each (flags, id)."""
    entries = []
    at, last = _find(page, start + 32, end, c.IFLA_AF_SPEC) or (0, 0)
    while at + 8 <= last:
        size, kind = page.halves[at >> 1], page.halves[(at >> 1) + 1]
        if size < 4:
            break
        if kind & c.NLA_TYPE_MASK == c.IFLA_BRIDGE_VLAN_INFO and size >= 8:
            entries.append((page.halves[(at >> 1) + 2], page.halves[(at >> 1) + 3]))
        at += (size + 3) & ~3
    return page.wholes[(start + 20) >> 2], entries


def _text(raw: bytes | bytearray, at: int, end: int) -> str:
    return raw[at:end].partition(b"\0")[0].decode(errors="surrogateescape")


def address(page: Page, start: int, end: int) -> AddressSeen:
    """An RTM_NEWADDR message."""
    found = attributes(page, start + 24, end)
    # IFA_LOCAL is the own one; IFA_ADDRESS may be the other end's on point-to-point links.
    first, last = found.get(c.IFA_LOCAL) or found[c.IFA_ADDRESS]
    protocol = found.get(c.IFA_PROTO)
    return AddressSeen(
        page.wholes[(start + 20) >> 2],
        f"{unpacked(bytes(page.raw[first:last]))}/{page.raw[start + 17]}",
        page.raw[protocol[0]] if protocol else 0,
    )


def route(page: Page, start: int, end: int) -> RouteSeen:
    """An RTM_NEWROUTE message; ``via`` is empty where there is no single gateway."""
    raw, wholes = page.raw, page.wholes
    found = attributes(page, start + 28, end)

    def of(attribute: int) -> bytes:
        span = found.get(attribute)
        return bytes(raw[span[0] : span[1]]) if span else b""

    to = of(c.RTA_DST)
    anywhere = "::" if raw[start + 16] == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    via = of(c.RTA_GATEWAY) or of(c.RTA_VIA)[2:]
    oif, wide = found.get(c.RTA_OIF), found.get(c.RTA_TABLE)
    return RouteSeen(
        to=f"{unpacked(to) if to else anywhere}/{raw[start + 17]}",
        via=unpacked(via) if via else "",
        index=wholes[oif[0] >> 2] if oif else 0,
        protocol=raw[start + 21],
        table=wholes[wide[0] >> 2] if wide else raw[start + 20],
        type=raw[start + 23],
    )


def _find(page: Page, at: int, end: int, kind: int) -> Span | None:
    """One attribute; cheaper than all of them."""
    halves = page.halves
    while at + 4 <= end:
        size = halves[at >> 1]
        if size < 4 or at + size > end:
            break
        if halves[(at >> 1) + 1] & c.NLA_TYPE_MASK == kind:
            return at + 4, at + size
        at += (size + 3) & ~3
    return None


def by_gateway(page: Page, start: int, end: int) -> RouteSeen | None:
    """An RTM_NEWROUTE message if it has a gateway: most have none and cost the most to read."""
    for kind in (c.RTA_GATEWAY, c.RTA_VIA):
        if _find(page, start + 28, end, kind):
            return route(page, start, end)
    return None


def flood_target(page: Page, start: int, end: int) -> tuple[int, str] | None:
    """Of an RTM_NEWNEIGH message of a VXLAN's table: (index, remote) where it is for frames to
    unknown addresses, else None."""
    found = attributes(page, start + 28, end)
    mac, remote = found.get(c.NDA_LLADDR), found.get(c.NDA_DST)
    if not mac or not remote or any(page.raw[mac[0] : mac[1]]):
        return None
    return page.wholes[(start + 20) >> 2], unpacked(bytes(page.raw[remote[0] : remote[1]]))


def number(page: Page, start: int, end: int, kind: int) -> int | None:
    """A signed 32-bit attribute of a message whose family header takes four bytes."""
    span = attributes(page, start + 20, end).get(kind)
    if span is None:
        return None
    return _signed(page.wholes[span[0] >> 2])
