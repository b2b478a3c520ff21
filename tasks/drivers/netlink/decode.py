"""The few attributes that are wanted of the many messages that come: links, addresses, routes.

Each function takes a message's place in a page and copies out what it keeps. Held against
pyroute2's own decoding in tests/drivers.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.wire import unpacked

_SIGN = 1 << 31
_WITH_DATA = frozenset({"bridge", "vxlan", "vlan"})
"""Kinds of links whose own attributes are kept."""
Span = tuple[int, int]
"""Start and end of an attribute's value in its page."""

_KEPT = frozenset(
    kind | flag
    for flag in (0, c.NLA_F_NESTED)
    for kind in (
        c.IFLA_ADDRESS,
        c.IFLA_IFNAME,
        c.IFLA_MTU,
        c.IFLA_LINK,
        c.IFLA_MASTER,
        c.IFLA_LINKINFO,
        c.IFLA_IFALIAS,
        c.IFLA_GROUP,
        c.IFLA_LINK_NETNSID,
        c.IFLA_AF_SPEC,
        c.IFLA_PROP_LIST,
    )
)


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
    port: dict[int, bytes] | None = None

    @property
    def up(self) -> bool:
        return bool(self.flags & c.IFF_UP)

    @property
    def running(self) -> bool:
        return bool(self.flags & c.IFF_LOWER_UP)


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
    raw, halves, wholes = page.raw, page.halves, page.wholes
    seen = LinkSeen(wholes[(start + 20) >> 2], wholes[(start + 24) >> 2])
    at = start + 32
    while at + 4 <= end:
        place = at >> 1
        size = halves[place]
        if size < 4:
            break
        kind = halves[place + 1]
        if kind in _KEPT:
            kind &= c.NLA_TYPE_MASK
            value = at + 4
            if kind == c.IFLA_IFNAME:
                seen.name = _text(raw, value, at + size)
            elif kind == c.IFLA_MTU:
                seen.mtu = wholes[value >> 2]
            elif kind == c.IFLA_GROUP:
                seen.group = wholes[value >> 2]
            elif kind == c.IFLA_ADDRESS:
                seen.mac = raw[value : at + size].hex(":")
            elif kind == c.IFLA_LINKINFO:
                _link_info(seen, page, value, at + size)
            elif kind == c.IFLA_AF_SPEC:
                seen.ipv6 = _has_ipv6(page, value, at + size)
            elif kind == c.IFLA_IFALIAS:
                seen.alias = _text(raw, value, at + size)
            elif kind == c.IFLA_MASTER:
                seen.master = wholes[value >> 2]
            elif kind == c.IFLA_LINK:
                seen.peer = wholes[value >> 2]
            elif kind == c.IFLA_LINK_NETNSID:
                nsid = wholes[value >> 2]
                seen.peer_nsid = nsid if nsid < _SIGN else nsid - 2 * _SIGN
            else:
                seen.altnames = _alternative_names(page, value, at + size)
        at += (size + 3) & ~3
    return seen


def _link_info(seen: LinkSeen, page: Page, at: int, end: int) -> None:
    info = attributes(page, at, end)
    if kind := info.get(c.IFLA_INFO_KIND):
        seen.kind = _text(page.raw, *kind)
    if seen.kind in _WITH_DATA and (data := info.get(c.IFLA_INFO_DATA)):
        seen.data = _copied(page, *data)
    slave = info.get(c.IFLA_INFO_SLAVE_KIND)
    data = info.get(c.IFLA_INFO_SLAVE_DATA)
    if slave and data and _text(page.raw, *slave) == "bridge":
        # The four that we keep come first (br_port_fill_attrs), in 32 bytes.
        seen.port = _copied(page, data[0], min(data[1], data[0] + 32))


def _copied(page: Page, at: int, end: int) -> dict[int, bytes]:
    return {
        kind: bytes(page.raw[first:last])
        for kind, (first, last) in attributes(page, at, end).items()
    }


def _has_ipv6(page: Page, at: int, end: int) -> bool:
    """From IFLA_AF_SPEC: whether IPv6 is there and not switched off on this link."""
    family = attributes(page, at, end).get(socket.AF_INET6)
    if not family:
        return False
    conf = attributes(page, *family).get(c.IFLA_INET6_CONF)
    if not conf or conf[1] - conf[0] <= 4 * c.DEVCONF_DISABLE_IPV6:
        return False
    return not page.wholes[(conf[0] >> 2) + c.DEVCONF_DISABLE_IPV6]


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


def by_gateway(page: Page, start: int, end: int) -> RouteSeen | None:
    """An RTM_NEWROUTE message if it has a gateway: most have none and cost the most to read."""
    found = attributes(page, start + 28, end)
    if c.RTA_GATEWAY in found or c.RTA_VIA in found:
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
    value = page.wholes[span[0] >> 2]
    return value if value < _SIGN else value - 2 * _SIGN
