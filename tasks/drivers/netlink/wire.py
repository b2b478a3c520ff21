"""How netlink messages are written: headers, attributes, nests (man 7 netlink, 7 rtnetlink)."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from ipaddress import ip_address

from tasks.drivers.netlink import constants as c

HEADER = struct.Struct("=IHHII")
"""nlmsghdr: length, type, flags, sequence, port."""
ATTRIBUTE = struct.Struct("=HH")
"""nlattr: length, type."""
LINK = struct.Struct("=BxHiII")
"""ifinfomsg: family, device type, index, flags, change mask."""
ADDRESS = struct.Struct("=BBBBI")
"""ifaddrmsg: family, prefix length, flags, scope, index."""
ROUTE = struct.Struct("=BBBBBBBBI")
"""rtmsg: family, destination and source length, tos, table, protocol, scope, type, flags."""
NEIGHBOUR = struct.Struct("=BxxxiHBB")
"""ndmsg: family, index, state, flags, type."""
_U16 = struct.Struct("=HHH")
_U32 = struct.Struct("=HHI")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


@dataclass(frozen=True, slots=True)
class Request:
    """A message still without its sequence number. ``flags`` beside NLM_F_REQUEST."""

    type: int
    body: bytes
    flags: int = 0


def attribute(kind: int, payload: bytes) -> bytes:
    """One attribute, padded to four bytes."""
    size = len(payload) + 4
    return ATTRIBUTE.pack(size, kind) + payload + _PADDING[size & 3]


def nest(kind: int, *parts: bytes) -> bytes:
    """An attribute that holds attributes, marked as such, as the newer families demand."""
    return attribute(kind | c.NLA_F_NESTED, b"".join(parts))


def u8(kind: int, value: int) -> bytes:
    return ATTRIBUTE.pack(5, kind) + bytes((value, 0, 0, 0))


def u16(kind: int, value: int) -> bytes:
    return _U16.pack(6, kind, value) + b"\0\0"


def u16_net(kind: int, value: int) -> bytes:
    """A 16-bit number in network order: ports."""
    return attribute(kind, value.to_bytes(2, "big"))


def u32(kind: int, value: int) -> bytes:
    return _U32.pack(8, kind, value)


def text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def mac(kind: int, value: str) -> bytes:
    return attribute(kind, bytes.fromhex(value.replace(":", "")))


def packed(address: str) -> bytes:
    """An IP address as 4 or 16 bytes."""
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def family_of(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def unpacked(raw: bytes) -> str:
    """The text of an IP address of 4 or 16 bytes, in the shortest form (RFC 5952)."""
    if len(raw) == 4:
        return socket.inet_ntoa(raw)
    text = socket.inet_ntop(socket.AF_INET6, raw)
    return str(ip_address(raw)) if "." in text else text


def link_body(*attributes: bytes, index: int = 0, flags: int = 0, change: int = 0,
              family: int = 0) -> bytes:  # fmt: skip
    """The body of a link message."""
    return LINK.pack(family, 0, index, flags, change) + b"".join(attributes)
