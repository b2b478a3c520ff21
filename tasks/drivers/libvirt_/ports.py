"""Which bridge a tap is really a port of, and putting it back there.

libvirt plugs a tap in when its VM starts and never looks again; a bridge that is made anew under
a running VM has lost it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from pathlib import Path

_SIOCBRADDIF = 0x89A2
"""include/uapi/linux/sockios.h; what ``brctl addif`` calls."""


def bridge_of(sysfs: Path, tap: str) -> str | None:
    """The bridge by /sys; "" for none, None where the tap cannot be seen."""
    if not (sysfs / "class/net" / tap).exists():
        return None
    try:
        return os.path.basename(os.readlink(sysfs / "class/net" / tap / "master"))
    except OSError:
        return ""


def plug(tap: str, bridge: str) -> None:
    """Make a tap of this network namespace a port of a bridge. Raises OSError."""
    request = struct.pack("16si12x", bridge.encode(), socket.if_nametoindex(tap))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
        fcntl.ioctl(control, _SIOCBRADDIF, request)
