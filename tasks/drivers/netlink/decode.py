"""The few attributes that are wanted of the many messages that come: links, addresses, routes.

Each function takes a message's place in a buffer and copies out what it keeps. Held against
pyroute2's own decoding in tests/drivers.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from struct import Struct

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.wire import ADDRESS, ATTRIBUTE, LINK, NEIGHBOUR, ROUTE, unpacked

Buffer = memoryview | bytes | bytearray
Span = tuple[int, int]
"""Start and end of an attribute's value in the buffer."""

_U32 = Struct("=I")
_I32 = Struct("=i")
_U16 = Struct("=H")
_KEPT = frozenset(
    {
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
    }
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
    source_given: bool


def attributes(buffer: Buffer, at: int, end: int) -> dict[int, Span]:
    """The attributes between two places; of one that comes twice, the last."""
    found: dict[int, Span] = {}
    unpack = ATTRIBUTE.unpack_from
    while at + 4 <= end:
        size, kind = unpack(buffer, at)
        if size < 4 or at + size > end:
            break
        found[kind & c.NLA_TYPE_MASK] = (at + 4, at + size)
        at += (size + 3) & ~3
    return found


def link(buffer: Buffer, start: int, end: int) -> LinkSeen:
    """An RTM_NEWLINK message; ``start`` is of its netlink header."""
    _, _, index, flags, _ = LINK.unpack_from(buffer, start + 16)
    seen = LinkSeen(index, flags)
    unpack = ATTRIBUTE.unpack_from
    number = _U32.unpack_from
    at = start + 32
    while at + 4 <= end:
        size, kind = unpack(buffer, at)
        if size < 4:
            break
        if kind & c.NLA_TYPE_MASK in _KEPT:
            kind &= c.NLA_TYPE_MASK
            value = at + 4
            if kind == c.IFLA_IFNAME:
                seen.name = _text(buffer, value, at + size)
            elif kind == c.IFLA_MTU:
                seen.mtu = number(buffer, value)[0]
            elif kind == c.IFLA_MASTER:
                seen.master = number(buffer, value)[0]
            elif kind == c.IFLA_GROUP:
                seen.group = number(buffer, value)[0]
            elif kind == c.IFLA_LINK:
                seen.peer = number(buffer, value)[0]
            elif kind == c.IFLA_LINK_NETNSID:
                seen.peer_nsid = _I32.unpack_from(buffer, value)[0]
            elif kind == c.IFLA_ADDRESS:
                seen.mac = bytes(buffer[value : at + size]).hex(":")
            elif kind == c.IFLA_IFALIAS:
                seen.alias = _text(buffer, value, at + size)
            elif kind == c.IFLA_LINKINFO:
                _link_info(seen, buffer, value, at + size)
            elif kind == c.IFLA_PROP_LIST:
                seen.altnames = _alternative_names(buffer, value, at + size)
            else:
                seen.ipv6 = _has_ipv6(buffer, value, at + size)
        at += (size + 3) & ~3
    return seen


def _link_info(seen: LinkSeen, buffer: Buffer, at: int, end: int) -> None:
    info = attributes(buffer, at, end)
    if kind := info.get(c.IFLA_INFO_KIND):
        seen.kind = _text(buffer, *kind)
    if (data := info.get(c.IFLA_INFO_DATA)) and seen.kind in ("bridge", "vxlan", "vlan"):
        seen.data = _copied(buffer, *data)
    slave = info.get(c.IFLA_INFO_SLAVE_KIND)
    if slave and _text(buffer, *slave) == "bridge" and (data := info.get(c.IFLA_INFO_SLAVE_DATA)):
        # The four that we keep come first (br_port_fill_attrs), in 32 bytes: no need for the rest.
        seen.port = _copied(buffer, data[0], min(data[1], data[0] + 32))


def _alternative_names(buffer: Buffer, at: int, end: int) -> tuple[str, ...]:
    names = []
    while at + 4 <= end:
        size, kind = ATTRIBUTE.unpack_from(buffer, at)
        if size < 4:
            break
        if kind & c.NLA_TYPE_MASK == c.IFLA_ALT_IFNAME:
            names.append(_text(buffer, at + 4, at + size))
        at += (size + 3) & ~3
    return tuple(names)


def _copied(buffer: Buffer, at: int, end: int) -> dict[int, bytes]:
    return {
        kind: bytes(buffer[first:last])
        for kind, (first, last) in attributes(buffer, at, end).items()
    }


def _has_ipv6(buffer: Buffer, at: int, end: int) -> bool:
    """From IFLA_AF_SPEC: whether IPv6 is there and not switched off on this link."""
    family = attributes(buffer, at, end).get(socket.AF_INET6)
    if not family:
        return False
    conf = attributes(buffer, *family).get(c.IFLA_INET6_CONF)
    if not conf or conf[1] - conf[0] <= 4 * c.DEVCONF_DISABLE_IPV6:
        return False
    return not _U32.unpack_from(buffer, conf[0] + 4 * c.DEVCONF_DISABLE_IPV6)[0]


def _text(buffer: Buffer, at: int, end: int) -> str:
    return bytes(buffer[at:end]).partition(b"\0")[0].decode(errors="surrogateescape")


def address(buffer: Buffer, start: int, end: int) -> AddressSeen:
    """An RTM_NEWADDR message."""
    _, length, _, _, index = ADDRESS.unpack_from(buffer, start + 16)
    found = attributes(buffer, start + 24, end)
    # IFA_LOCAL is the own one; IFA_ADDRESS may be the other end's on point-to-point links.
    first, last = found.get(c.IFA_LOCAL) or found[c.IFA_ADDRESS]
    protocol = found.get(c.IFA_PROTO)
    return AddressSeen(
        index,
        f"{unpacked(bytes(buffer[first:last]))}/{length}",
        buffer[protocol[0]] if protocol else 0,
    )


def route(buffer: Buffer, start: int, end: int) -> RouteSeen:
    """An RTM_NEWROUTE message; ``via`` is empty where there is no single gateway."""
    family, length, source, _, table, protocol, _, kind, _ = ROUTE.unpack_from(buffer, start + 16)
    found = attributes(buffer, start + 28, end)

    def of(attribute: int) -> bytes:
        span = found.get(attribute)
        return bytes(buffer[span[0] : span[1]]) if span else b""

    to = of(c.RTA_DST)
    anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    via = of(c.RTA_GATEWAY) or of(c.RTA_VIA)[2:]
    oif = of(c.RTA_OIF)
    wide = of(c.RTA_TABLE)
    return RouteSeen(
        to=f"{unpacked(to) if to else anywhere}/{length}",
        via=unpacked(via) if via else "",
        index=_U32.unpack(oif)[0] if oif else 0,
        protocol=protocol,
        table=_U32.unpack(wide)[0] if wide else table,
        type=kind,
        source_given=bool(source),
    )


def flood_target(buffer: Buffer, start: int, end: int) -> tuple[int, str] | None:
    """Of an RTM_NEWNEIGH message of a VXLAN's table: (index, remote) where it is for frames to
    unknown addresses, else None."""
    _, index, _, _, _ = NEIGHBOUR.unpack_from(buffer, start + 16)
    found = attributes(buffer, start + 28, end)
    mac, remote = found.get(c.NDA_LLADDR), found.get(c.NDA_DST)
    if not mac or not remote or any(buffer[mac[0] : mac[1]]):
        return None
    return index, unpacked(bytes(buffer[remote[0] : remote[1]]))
