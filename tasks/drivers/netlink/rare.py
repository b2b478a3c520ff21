"""Messages that are sent once in a while, encoded by pyroute2.

Where thousands of the same go out or come in, :mod:`tasks.drivers.netlink.wire` and ``decode`` are
ten times as fast; for the long tail the library knows every attribute and its form better.

The library is imported with the first such message: all of it comes along with any part, which
takes a second or more on a small hypervisor, and an agent should be there before that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.drivers.netlink import constants as c

Attributes = Sequence[tuple[str, Any]]
_HEADER = 16
"""Bytes of a message's header (struct nlmsghdr), which is put on when it is sent."""
_LINK = 16
"""Bytes of what stands before a link message's attributes (struct ifinfomsg)."""


def link_info(kind: str, attributes: Attributes) -> bytes:
    """The attribute IFLA_LINKINFO of a link of this kind (rtnetlink(7))."""
    message = _link_message()
    data = {"attrs": list(attributes)}
    info = [("IFLA_INFO_KIND", kind), ("IFLA_INFO_DATA", data)]
    message["attrs"] = [("IFLA_LINKINFO", {"attrs": info})]
    return _encoded(message)[_LINK:]


def bridge_vlans(index: int, entries: Sequence[tuple[int, int]], *, own: bool) -> bytes:
    """The body of a message about VLANs of a bridge's port, or with ``own`` of a bridge itself.
    Entries are (flags, id), BRIDGE_VLAN_INFO_* of linux/if_bridge.h."""
    message = _link_message()
    message["family"], message["index"] = c.AF_BRIDGE, index
    about: list[tuple[str, Any]] = []
    if own:
        about.append(("IFLA_BRIDGE_FLAGS", c.BRIDGE_FLAGS_SELF))
    for flags, vid in entries:
        about.append(("IFLA_BRIDGE_VLAN_INFO", {"flags": flags, "vid": vid}))
    message["attrs"] = [("IFLA_AF_SPEC", {"attrs": about})]
    return _encoded(message)


def neighbour(index: int, state: int, flags: int, family: int, attributes: Attributes) -> bytes:
    """The body of a message about a neighbour or a bridge's forwarding entry (struct ndmsg)."""
    from pyroute2.netlink.rtnl.ndmsg import ndmsg

    message = ndmsg()
    message["family"], message["ifindex"] = family, index
    message["state"], message["flags"] = state, flags
    message["attrs"] = list(attributes)
    return _encoded(message)


def _link_message() -> Any:
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    return ifinfmsg()


def _encoded(message: Any) -> bytes:
    message.encode()
    return bytes(message.data)[_HEADER:]
