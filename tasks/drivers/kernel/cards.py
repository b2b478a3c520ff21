"""The marks on cards: alternative names, for a card's alias may be its administrator's.

Two kinds: ``trunkline-LAB-NAME`` on one lent to a bridge of a lab, with ``+down`` behind it where
the card was down before; and :func:`designer.machine.marks.parent_mark` on one that a lab has
sub-interfaces on. Labs may share a card, so each mark says what the first one found.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from designer.machine.marks import ParentMark, parse_parent
from designer.planner.operations import Operation
from tasks.drivers.kernel.session import Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request

_LENT = re.compile(r"^trunkline-([a-z0-9]{4,16})-")
_DOWN = "+down"


def borrower(seen: LinkSeen) -> str | None:
    """The lab whose port this link is by our doing."""
    return next((found[1] for name in seen.altnames if (found := _LENT.match(name))), None)


def lent_mark(lab: str, seen: LinkSeen) -> str:
    """The mark of a card that is to be lent to a lab's bridge."""
    return f"trunkline-{lab}-{seen.name}{_DOWN if was_down(seen) else ''}"


def lent_marks(seen: LinkSeen, lab: str) -> list[str]:
    """The alternative names that say that the card is lent to a lab."""
    prefix = f"trunkline-{lab}-"
    return [name for name in seen.altnames if name.startswith(prefix)]


def parent_marks(seen: LinkSeen) -> Iterator[tuple[str, ParentMark]]:
    """The marks of labs with sub-interfaces on a card, each with the name that it is."""
    for name in seen.altnames:
        if mark := parse_parent(name):
            yield name, mark


def was_down(seen: LinkSeen) -> bool:
    """Whether the card was down before the first lab came, or is down now."""
    lent_down = any(_LENT.match(name) and name.endswith(_DOWN) for name in seen.altnames)
    return lent_down or not seen.up or any(not mark.was_up for _, mark in parent_marks(seen))


def give(seen: LinkSeen, name: str, operation: Operation, netns: str = "") -> Step:
    """Put a mark on."""
    flags = c.NLM_F_CREATE | c.NLM_F_EXCL | c.NLM_F_APPEND
    request = Request(c.RTM_NEWLINKPROP, _property(seen.index, name), flags)
    return Step(netns, request, operation, frozenset({errno.EEXIST}))


def take(seen: LinkSeen, name: str, operation: Operation, netns: str = "") -> Step:
    """Take a mark away."""
    request = Request(c.RTM_DELLINKPROP, _property(seen.index, name))
    return Step(netns, request, operation, frozenset({errno.ENOENT, errno.EINVAL}))


def switch(seen: LinkSeen, up: bool, operation: Operation, netns: str = "") -> Step:
    """Set the card up or down."""
    body = wire.link_body(index=seen.index, flags=c.IFF_UP if up else 0, change=c.IFF_UP)
    return Step(netns, Request(c.RTM_NEWLINK, body), operation)


def _property(index: int, name: str) -> bytes:
    return wire.link_body(
        wire.nest(c.IFLA_PROP_LIST, wire.text(c.IFLA_ALT_IFNAME, name)), index=index
    )
