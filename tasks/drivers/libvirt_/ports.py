"""Which bridge a tap is really a port of, with which VLANs, and bringing it there.

libvirt plugs a tap in when its VM starts and never looks again; a bridge that is made anew under
a running VM has lost it. Of VLANs on a Linux bridge it knows nothing (up to 10.x).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from tasks.drivers.netlink import bridging
from tasks.drivers.netlink.bridging import Vlans
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request

_SIOCBRADDIF = 0x89A2
"""include/uapi/linux/sockios.h; what ``brctl addif`` calls."""


class Taps:
    """The taps of one observation, by the /sys of the network namespace that they are in."""

    def __init__(self, sysfs: Path) -> None:
        self._links = sysfs / "class/net"

    def bridge_of(self, tap: str) -> str | None:
        """The bridge; "" for none, None where the tap cannot be seen."""
        if not (self._links / tap).exists():
            return None
        try:
            return os.path.basename(os.readlink(self._links / tap / "master"))
        except OSError:
            return ""

    def vlans_of(self, tap: str) -> Vlans | None:
        """Its VLANs, where it is a port of a VLAN-aware bridge."""
        bridge = self.bridge_of(tap)
        if not bridge:
            return None
        try:
            if (self._links / bridge / "bridge/vlan_filtering").read_text().strip() != "1":
                return None
            index = int((self._links / tap / "ifindex").read_text())
        except OSError:  # gone meanwhile, or a kernel without VLAN filtering
            return None
        return self._vlans.get(index, bridging.NONE)

    @cached_property
    def _vlans(self) -> dict[int, Vlans]:
        with NetlinkSocket() as netlink:
            return bridging.read(netlink)


def plug(tap: str, bridge: str) -> None:
    """Make a tap of this network namespace a port of a bridge. Raises OSError."""
    request = struct.pack("16si12x", bridge.encode(), socket.if_nametoindex(tap))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
        fcntl.ioctl(control, _SIOCBRADDIF, request)


def set_vlans(wanted: Mapping[str, Vlans]) -> None:
    """Bring taps of this network namespace, by their names, to these VLANs. Raises OSError."""
    with NetlinkSocket() as netlink:
        there = bridging.read(netlink)
        requests: list[Request] = []
        for tap, vlans in wanted.items():
            index = socket.if_nametoindex(tap)
            requests += bridging.requests(index, vlans, there.get(index, bridging.NONE))
        for failure in netlink.send(requests).values():
            raise OSError(failure.errno, f"VLANs of {', '.join(wanted)}: {failure.words}")
