"""ICMP echo requests (RFC 792, RFC 4443) as bytes, and what comes back.

A raw socket hears every ICMP packet of its namespace, so an answer is known by identifier,
sequence number and a token in the payload that nobody else knows. An error quotes the request
that it is about, of which only the first bytes are certain: identifier and sequence number.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

_ECHO = struct.Struct("!BBHHH")
_IPV6_HEADER = 40
_REQUEST = {False: 8, True: 128}
_REPLY = {False: 0, True: 129}
_UNREACHABLE = {False: 3, True: 1}
_TOO_LONG = {False: 11, True: 3}

_WORDS: dict[bool, dict[int, str]] = {
    False: {
        0: "it has no route there",
        1: "nobody there answers to that address",
        9: "it is forbidden there",
        10: "it is forbidden there",
        13: "it is forbidden there",
    },
    True: {
        0: "it has no route there",
        1: "it is forbidden there",
        3: "nobody there answers to that address",
    },
}
"""By version and code of "destination unreachable"."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for the request of that number: the reply itself, or why there is none in the
    words of who said so."""

    sequence: int
    kind: Literal["reply", "error"]
    words: str = ""


def request(ipv6: bool, identifier: int, sequence: int, token: bytes) -> bytes:
    """An echo request. The kernel sums up ICMPv6 itself, as only it knows both addresses."""
    bare = _ECHO.pack(_REQUEST[ipv6], 0, 0, identifier, sequence) + token
    if ipv6:
        return bare
    return _ECHO.pack(_REQUEST[ipv6], 0, _checksum(bare), identifier, sequence) + token


def answer(ipv6: bool, packet: bytes, sender: str, identifier: int, token: bytes) -> Answer | None:
    """What a packet from ``sender`` says about a request of ours; None where it is about none.

    An IPv4 raw socket hears the IP header too, an IPv6 one does not (ip(7), ipv6(7)).
    """
    icmp = packet if ipv6 else _behind_header(packet)
    if len(icmp) < _ECHO.size:
        return None
    kind, code, _, number, sequence = _ECHO.unpack_from(icmp)
    if kind == _REPLY[ipv6]:
        ours = number == identifier and icmp[_ECHO.size :] == token
        return Answer(sequence, "reply") if ours else None
    if kind not in (_UNREACHABLE[ipv6], _TOO_LONG[ipv6]):
        return None
    quoted = icmp[_ECHO.size :]
    quoted = quoted[_IPV6_HEADER:] if ipv6 else _behind_header(quoted)
    if len(quoted) < _ECHO.size:
        return None
    asked, _, _, number, sequence = _ECHO.unpack_from(quoted)
    if (asked, number) != (_REQUEST[ipv6], identifier):
        return None
    if kind == _TOO_LONG[ipv6]:
        why = "the way there is too long, or a circle"
    else:
        why = _WORDS[ipv6].get(code, f"it cannot be reached (code {code})")
    return Answer(sequence, "error", f"{sender} says that {why}")


def _behind_header(packet: bytes) -> bytes:
    """What follows an IPv4 header, whose length is in its first byte in words of 4 bytes."""
    return packet[(packet[0] & 0x0F) * 4 :] if packet else b""


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    even = data + b"\0" * (len(data) % 2)
    total: int = sum(word for (word,) in struct.iter_unpack("!H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
