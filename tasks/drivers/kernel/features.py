"""What this kernel can do, found by trying each thing in a namespace that is thrown away.

Sub-interfaces are tried only where the module is there: to try would load it.
"""

from __future__ import annotations

from collections.abc import Callable

from tasks.drivers.kernel import modules, nft, tables, xtables
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.threads import NamespaceThread
from tasks.drivers.netlink.wire import Request

_VID = 2


def try_all(thread: NamespaceThread) -> dict[str, bool]:
    """The kernel's part of :data:`designer.machine.state.FEATURES`. On the namespace thread."""
    found = dict.fromkeys(
        ("netns", "bridge", "veth", "vxlan", "8021q", "vlan_filtering", "nftables"), False
    )
    try:
        thread.leave()
    except OSError:
        return found
    found["netns"] = True
    try:
        with NetlinkSocket() as socket:
            for feature, attempt in _ATTEMPTS.items():
                found[feature] = attempt(socket)
        found["nftables"] = tables.works(nft) or tables.works(xtables)
    finally:
        thread.go("")
    return found


def _make(socket: NetlinkSocket, name: str, kind: str, *data: bytes, below: int = 0) -> bool:
    info = [wire.text(c.IFLA_INFO_KIND, kind)]
    if data:
        info.append(wire.nest(c.IFLA_INFO_DATA, *data))
    parts = [wire.text(c.IFLA_IFNAME, name), wire.nest(c.IFLA_LINKINFO, *info)]
    if below:
        parts.append(wire.u32(c.IFLA_LINK, below))
    request = Request(c.RTM_NEWLINK, wire.link_body(*parts), c.NLM_F_CREATE | c.NLM_F_EXCL)
    return not socket.send([request])


def _bridge(socket: NetlinkSocket) -> bool:
    return _make(socket, "try-bridge", "bridge")


def _veth(socket: NetlinkSocket) -> bool:
    peer = wire.attribute(c.VETH_INFO_PEER, wire.link_body(wire.text(c.IFLA_IFNAME, "try-veth2")))
    return _make(socket, "try-veth1", "veth", peer)


def _vxlan(socket: NetlinkSocket) -> bool:
    return _make(
        socket, "try-vxlan", "vxlan",
        wire.u32(c.IFLA_VXLAN_ID, 1), wire.u16_net(c.IFLA_VXLAN_PORT, 4789),
    )  # fmt: skip


def _8021q(socket: NetlinkSocket) -> bool:
    if not modules.present("8021q"):
        return False
    return _make(socket, "try-vlan", "vlan", wire.u16(c.IFLA_VLAN_ID, _VID), below=1) or (
        # Not every device takes VLANs: where there are veths, one does.
        (below := _index(socket, "try-veth1")) > 0
        and _make(socket, "try-vlan", "vlan", wire.u16(c.IFLA_VLAN_ID, _VID), below=below)
    )


def _index(socket: NetlinkSocket, name: str) -> int:
    body = wire.link_body(wire.text(c.IFLA_IFNAME, name))
    answer = socket.ask([Request(c.RTM_GETLINK, body)])[0]
    return decode.link(answer, 0, len(answer.raw)).index if isinstance(answer, Page) else 0


def _vlan_filtering(socket: NetlinkSocket) -> bool:
    """A kernel without it takes the option in silence: only the answer tells."""
    if not _make(socket, "try-filter", "bridge", wire.u8(c.IFLA_BR_VLAN_FILTERING, 1)):
        return False
    body = wire.link_body(wire.text(c.IFLA_IFNAME, "try-filter"))
    answer = socket.ask([Request(c.RTM_GETLINK, body)])[0]
    if not isinstance(answer, Page):
        return False
    data = decode.link(answer, 0, len(answer.raw)).data or {}
    return data.get(c.IFLA_BR_VLAN_FILTERING) == b"\1"


_ATTEMPTS: dict[str, Callable[[NetlinkSocket], bool]] = {
    "bridge": _bridge,
    "veth": _veth,
    "vxlan": _vxlan,
    "8021q": _8021q,
    "vlan_filtering": _vlan_filtering,
}
