"""Where in a link message the attributes stand that we keep.

The kernel writes the same forty attributes for every link, in the same order and nearly always of
the same sizes. So where they stand is found once by walking through them, and then recognised: all
headers of a message are taken out by one call and compared with those of a message of the same
length that was walked through. Headers tell the sizes, so equal headers mean equal places.
"""

from __future__ import annotations

import socket
from struct import Struct

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.page import Page

Span = tuple[int, int]
"""Start and end of an attribute's value in its page."""

HEAD = 32
"""Bytes before the first attribute: those of netlink and of ifinfomsg."""
_AF_INET6 = int(socket.AF_INET6)
_MOST = 1024
_PORT_BYTES = 32
"""The four attributes of a port that we keep come first (br_port_fill_attrs), in so many bytes."""


class Layout:
    """Spans relative to the start of the message; None where there is no such attribute."""

    __slots__ = ("_heads", "_struct", "conf", "info", "link", "port")

    def __init__(self, page: Page, start: int, end: int) -> None:
        walk = _Walk(page, start)
        self.link = walk.through(start + HEAD, end)
        self.info: dict[int, Span] = walk.into(self.link.get(c.IFLA_LINKINFO))
        slave = self.info.get(c.IFLA_INFO_SLAVE_DATA)
        if slave:
            slave = slave[0], min(slave[1], slave[0] + _PORT_BYTES)
        self.port: dict[int, Span] = walk.into(slave)
        families = walk.into(self.link.get(c.IFLA_AF_SPEC))
        conf = walk.into(families.get(_AF_INET6)).get(c.IFLA_INET6_CONF)
        long_enough = conf and conf[1] - conf[0] > 4 * c.DEVCONF_DISABLE_IPV6
        self.conf: int | None = conf[0] if conf and long_enough else None
        self._struct, self._heads = walk.heads()

    def fits(self, page: Page, start: int) -> bool:
        """Whether the message that begins there, of the same length, has this layout."""
        return self._struct.unpack_from(page.raw, start + HEAD) == self._heads


class _Walk:
    """Goes through attributes and notes every header it met."""

    def __init__(self, page: Page, start: int) -> None:
        self._page = page
        self._start = start
        self._met: list[int] = []

    def into(self, span: Span | None) -> dict[int, Span]:
        return self.through(self._start + span[0], self._start + span[1]) if span else {}

    def through(self, at: int, end: int) -> dict[int, Span]:
        found: dict[int, Span] = {}
        halves = self._page.halves
        while at + 4 <= end:
            self._met.append(at)
            size = halves[at >> 1]
            if size < 4 or at + size > end:
                break
            kind = halves[(at >> 1) + 1] & c.NLA_TYPE_MASK
            found[kind] = (at + 4 - self._start, at + size - self._start)
            at += (size + 3) & ~3
        return found

    def heads(self) -> tuple[Struct, tuple[int, ...]]:
        """What takes the headers that were met out of a message, and what it gave here."""
        parts, last = ["="], self._start + HEAD
        for at in sorted(self._met):
            parts.append(f"{at - last}xI")
            last = at + 4
        struct = Struct("".join(parts))
        return struct, struct.unpack_from(self._page.raw, self._start + HEAD)


_known: dict[tuple[int, int], Layout] = {}


def layout(page: Page, start: int, end: int) -> Layout:
    """The layout of a link message."""
    key = (end - start, page.wholes[(start + HEAD) >> 2] if end >= start + HEAD + 4 else 0)
    found = _known.get(key)
    if found is None or not found.fits(page, start):
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[key] = Layout(page, start, end)
    return found
