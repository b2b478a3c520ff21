"""Addresses and subnets as whole numbers: ten thousand of them are compared in an instant."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple


class Subnet(NamedTuple):
    """A prefix of IP ``version`` 4 or 6: its ``first`` address and its ``length`` in bits."""

    version: int
    first: int
    length: int

    @property
    def host_bits(self) -> int:
        return (32 if self.version == 4 else 128) - self.length

    def holds(self, version: int, ip: int) -> bool:
        return version == self.version and ip >> self.host_bits == self.first >> self.host_bits

    def overlaps(self, other: Subnet) -> bool:
        wider = self if self.length <= other.length else other
        return self.version == other.version and wider.holds(
            self.version, (other if wider is self else self).first
        )

    def widened(self, length: int) -> Subnet:
        """The prefix of that length that this one is in."""
        return subnet_at(self.version, self.first, length)

    @property
    def is_link_local(self) -> bool:
        return self.version == 6 and self.first >> 118 == 0xFE80 >> 6

    def __str__(self) -> str:
        return f"{ip_text(self.version, self.first)}/{self.length}"


def is_near(ip: tuple[int, int], addresses: Iterable[str]) -> bool:
    """Whether a host with these addresses ("10.0.0.1/24") on a link has that neighbour there. IPv6
    link-local ones are near on every link."""
    if Subnet(*ip, 128).is_link_local:
        return True
    return any(subnet_of(one).holds(*ip) for one in addresses)


def ip_of(text: str) -> tuple[int, int]:
    """The version and the number of an address."""
    if ":" in text:
        return 6, int(ipaddress.IPv6Address(text))
    a, b, c, d = text.split(".")
    return 4, (int(a) << 24) | (int(b) << 16) | (int(c) << 8) | int(d)


def subnet_of(text: str) -> Subnet:
    """Of a prefix or of an interface's address with its prefix."""
    address, _, length = text.partition("/")
    return subnet_at(*ip_of(address), int(length))


def subnet_at(version: int, ip: int, length: int) -> Subnet:
    """The prefix of that length that an address is in."""
    bits = (32 if version == 4 else 128) - length
    return Subnet(version, ip >> bits << bits, length)


def ip_text(version: int, ip: int) -> str:
    return str(ipaddress.IPv4Address(ip) if version == 4 else ipaddress.IPv6Address(ip))
