"""Neighbours that somebody wrote down by hand (ip-neighbour(8), "permanent"): the kernel forgets
them with the last address of their link."""

from __future__ import annotations

import errno
import socket as families

from designer.machine.held import HeldNeighbour
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket

_NONE = frozenset({errno.EOPNOTSUPP, errno.EAFNOSUPPORT})


def present(socket: NetlinkSocket, seen: LinkSeen) -> list[HeldNeighbour]:
    """Those of one link, both families."""

    def read(page: Page, start: int, end: int) -> HeldNeighbour | None:
        index, state = page.wholes[(start + 20) >> 2], page.halves[(start + 24) >> 1]
        told = decode.attributes(page, start + 28, end)
        where, mac = told.get(c.NDA_DST), told.get(c.NDA_LLADDR)
        if index != seen.index or not state & c.NUD_PERMANENT or not where or not mac:
            return None
        return HeldNeighbour(
            on=seen.name,
            address=wire.unpacked(bytes(page.raw[where[0] : where[1]])),
            mac=bytes(page.raw[mac[0] : mac[1]]).hex(":"),
        )

    found = []
    for family in (families.AF_INET, families.AF_INET6):
        body = wire.NEIGHBOUR.pack(family, 0, 0, 0, 0) + wire.u32(c.NDA_IFINDEX, seen.index)
        try:
            found += socket.dump(c.RTM_GETNEIGH, body, read)
        except NetlinkError as error:
            if error.errno not in _NONE:
                raise
    return [one for one in found if one is not None]


def body(one: HeldNeighbour, index: int) -> bytes:
    """The body of the message that makes it on a link, or takes it from there."""
    family = wire.family_of(one.address)
    return (
        wire.NEIGHBOUR.pack(family, index, c.NUD_PERMANENT, 0, 0)
        + wire.attribute(c.NDA_DST, wire.packed(one.address))
        + wire.attribute(c.NDA_LLADDR, bytes.fromhex(one.mac.replace(":", "")))
    )
