"""The VLANs of a bridge's ports and of the bridge itself, as bridge(8) shows and sets them.

The kernel tells and takes them in messages about links of family AF_BRIDGE, each VLAN with two
flags: PVID (of frames that come in untagged) and untagged (they go out so). A run of ids with the
same flags is two entries, its first and its last; a PVID is never in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, rare, wire
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request

_AT_ONCE = 512
"""Entries in one message: far below what an attribute may hold (64 KiB, eight bytes each)."""

Entry = tuple[int, int]
"""Flags and id."""


@dataclass(frozen=True, slots=True)
class Vlans:
    """All VLANs of one port: ids in rising order, none in both; ``pvid`` 0 for none."""

    pvid: int = 0
    untagged: tuple[int, ...] = ()
    tagged: tuple[int, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Vlans:
        """From the kernel's entries."""
        pvid, begin = 0, 0
        untagged: list[int] = []
        tagged: list[int] = []
        for flags, vid in entries:
            if flags & c.BRIDGE_VLAN_INFO_RANGE_BEGIN:
                begin = vid
                continue
            first = begin if flags & c.BRIDGE_VLAN_INFO_RANGE_END else vid
            if flags & c.BRIDGE_VLAN_INFO_PVID:
                pvid = vid
            where = untagged if flags & c.BRIDGE_VLAN_INFO_UNTAGGED else tagged
            where += range(first, vid + 1)
        return cls(pvid, tuple(sorted(untagged)), tuple(sorted(tagged)))

    def flags(self) -> dict[int, int]:
        """Of each id that is there."""
        found = dict.fromkeys(self.tagged, 0)
        found |= dict.fromkeys(self.untagged, c.BRIDGE_VLAN_INFO_UNTAGGED)
        if self.pvid:
            found[self.pvid] = found.get(self.pvid, 0) | c.BRIDGE_VLAN_INFO_PVID
        return found


NONE = Vlans()


def read(socket: NetlinkSocket) -> dict[int, Vlans]:
    """The VLANs of every port and bridge of a namespace that has any, by its index."""
    body = wire.link_body(
        wire.u32(c.IFLA_EXT_MASK, c.RTEXT_FILTER_BRVLAN_COMPRESSED), family=c.AF_BRIDGE
    )
    found: dict[int, list[Entry]] = {}
    for index, entries in socket.dump(c.RTM_GETLINK, body, decode.bridge_vlans):
        # A card that can bridge by itself sends a second message of its own, without VLANs.
        found.setdefault(index, []).extend(entries)
    return {index: Vlans.of(entries) for index, entries in found.items() if entries}


def requests(index: int, wanted: Vlans, before: Vlans, *, own: bool = False) -> Iterator[Request]:
    """What leads from one list to another. First comes what is missing or has other flags, the
    PVID foremost: so no VLAN that stays loses a frame. With ``own`` it is a bridge's own list."""
    flags, had = wanted.flags(), before.flags()
    add = [(vid, flag) for vid, flag in sorted(flags.items()) if had.get(vid) != flag]
    add.sort(key=lambda one: not one[1] & c.BRIDGE_VLAN_INFO_PVID)
    for entries in _entries(add):
        yield Request(c.RTM_SETLINK, rare.bridge_vlans(index, entries, own=own))
    gone = [(vid, 0) for vid in sorted(had) if vid not in flags]
    for entries in _entries(gone):
        yield Request(c.RTM_DELLINK, rare.bridge_vlans(index, entries, own=own))


def _entries(vlans: list[tuple[int, int]]) -> Iterator[list[Entry]]:
    """Ids with their flags as entries, runs as two, as many as go into one message."""
    entries: list[Entry] = []
    runs = groupby(
        enumerate(vlans), key=lambda one: (one[1][0] - one[0], one[1][1])
    )  # ids that rise by one, with the same flags
    for (_, flags), run in runs:
        vids = [vid for _, (vid, _) in run]
        if len(vids) == 1 or flags & c.BRIDGE_VLAN_INFO_PVID:
            entries.append((flags, vids[0]))
        else:
            entries.append((flags | c.BRIDGE_VLAN_INFO_RANGE_BEGIN, vids[0]))
            entries.append((flags | c.BRIDGE_VLAN_INFO_RANGE_END, vids[-1]))
        if len(entries) >= _AT_ONCE:
            yield entries
            entries = []
    if entries:
        yield entries
