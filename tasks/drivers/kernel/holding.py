"""What a link holds beside what labs made, and how it goes from one link to another.

Make before break: the new place has every address first, then the card is plugged, then each route
is made there before the old one goes, and the old addresses go last. The kernel works through each
bundle without a break (:mod:`tasks.drivers.netlink.sockets`); if something of the first is refused,
the second, which takes away, is not sent, and the hypervisor has everything twice rather than not.
"""

from __future__ import annotations

import errno
import functools
import socket as families
from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address, ip_interface

from designer.machine.held import NO_PREFIX_ROUTE, Held, HeldAddress, HeldRoute
from designer.machine.marks import PROTOCOL
from designer.planner.operations import Operation
from tasks.drivers.kernel import neighbours
from tasks.drivers.kernel.naming import naming
from tasks.drivers.kernel.session import Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import holding, wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request

_IN_PLACE = c.NLM_F_CREATE | c.NLM_F_REPLACE
_THERE = frozenset({errno.EEXIST})
_GONE = frozenset({errno.EADDRNOTAVAIL, errno.ENODEV, errno.ESRCH, errno.ENOENT})


def present(socket: NetlinkSocket, seen: LinkSeen, links: Mapping[int, LinkSeen]) -> Held:
    """What is on a link, asked of the kernel for this link alone."""
    everything = _addresses(socket, seen)
    addresses = [
        one for one in everything if one.protocol != PROTOCOL and not _from_the_mac(one, seen)
    ]
    fixed: list[str] = list(_on_top(seen, links)) if addresses else []
    own = {
        str(ip_interface(one.peer or one.address).network)
        for one in everything
        if not one.flags & NO_PREFIX_ROUTE
    }

    def read(page: Page, start: int, end: int) -> HeldRoute | None:
        try:
            return holding.route(page, start, end, seen.name)
        except holding.Unfit as why:
            fixed.append(str(why))
            return None

    routes = []
    for family in (families.AF_INET, families.AF_INET6):
        body = wire.ROUTE.pack(family, 0, 0, 0, 0, 0, 0, c.RTN_UNICAST, 0)
        body += wire.u32(c.RTA_OIF, seen.index)
        try:
            found = socket.dump(c.RTM_GETROUTE, body, read)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EOPNOTSUPP, errno.EAFNOSUPPORT):
                continue
            raise
        routes += [one for one in found if one is not None and not _by_itself(one, own)]
    # Those without a gateway first: others may need them to reach theirs.
    routes.sort(key=lambda one: bool(one.via))
    return Held(
        addresses=tuple(addresses),
        routes=tuple(routes),
        neighbours=tuple(neighbours.present(socket, seen)),
        fixed=tuple(fixed),
        naming=naming(socket, seen) if seen.kind != "bridge" else (),
    )


def _addresses(socket: NetlinkSocket, seen: LinkSeen) -> list[HeldAddress]:
    """Every one, labs' and the kernel's own among them."""
    body = wire.ADDRESS.pack(0, 0, 0, 0, seen.index)
    read = functools.partial(holding.address, on=seen.name)
    found = list(socket.dump(c.RTM_GETADDR, body, read))
    # The kernel lists IPv6 addresses newest first, and prefers them in that order.
    older = [one for one in found if ":" not in one.address]
    return older + [one for one in reversed(found) if ":" in one.address]


def _from_the_mac(one: HeldAddress, seen: LinkSeen) -> bool:
    """The link-local address that the kernel makes by itself (RFC 4291, appendix A; kernels before
    5.18 do not say that it is theirs)."""
    address = ip_interface(one.address).ip
    if address.version == 4 or not address.is_link_local:
        return False
    return one.protocol == c.IFAPROT_KERNEL_LL or address == _eui64(seen.mac)


def _eui64(mac: str) -> object:
    raw = bytes.fromhex(mac.replace(":", ""))
    if len(raw) != 6:
        return None
    body = bytes((raw[0] ^ 2,)) + raw[1:3] + b"\xff\xfe" + raw[3:]
    return ip_address(b"\xfe\x80" + bytes(6) + body)


def _by_itself(route: HeldRoute, own: Collection[str]) -> bool:
    """A route that the kernel makes of an address or for itself; and those of labs."""
    if route.protocol == PROTOCOL or route.table == c.RT_TABLE_LOCAL:
        return True
    if route.protocol != c.RTPROT_KERNEL:
        return False
    return route.to in own or route.to.startswith(("fe80:", "ff"))


def _on_top(seen: LinkSeen, links: Mapping[int, LinkSeen]) -> Iterator[str]:
    """Tunnels that start from the card's addresses would have none any more."""
    for one in links.values():
        below = (one.data or {}).get(c.IFLA_VXLAN_LINK) if one.kind == "vxlan" else None
        if below is not None and int.from_bytes(below[:4], "little") == seen.index:
            yield f"the VXLAN tunnel {one.name} runs over it"


def make(held: Held, index: int, target: str, operation: Operation, netns: str) -> Iterator[Step]:
    """The addresses at their new place."""
    for one in held.addresses:
        body = holding.address_body(one, index, target)
        flags = c.NLM_F_CREATE | c.NLM_F_EXCL
        yield Step(netns, Request(c.RTM_NEWADDR, body, flags), operation, _THERE)


def lead(held: Held, index: int, operation: Operation, netns: str) -> Iterator[Step]:
    """The neighbours and routes at their new place; the old routes stand still and come first."""
    for neighbour in held.neighbours:
        request = Request(c.RTM_NEWNEIGH, neighbours.body(neighbour, index), _IN_PLACE)
        yield Step(netns, request, operation)
    for one in held.routes:
        flags = c.NLM_F_CREATE | c.NLM_F_APPEND
        body = holding.route_body(one, index)
        yield Step(netns, Request(c.RTM_NEWROUTE, body, flags), operation, _THERE)


def leave(
    held: Held, indexes: Mapping[str, int], operation: Operation, netns: str
) -> Iterator[Step]:
    """Take everything from where it was: neighbours and routes first, then addresses, the last one
    first, so that the kernel takes no other with it."""
    for neighbour in held.neighbours:
        if neighbour.on in indexes:
            text = neighbours.body(neighbour, indexes[neighbour.on])
            yield Step(netns, Request(c.RTM_DELNEIGH, text), operation, _GONE)
    for route in held.routes:
        if route.on in indexes:
            body = holding.route_body(route, indexes[route.on])
            yield Step(netns, Request(c.RTM_DELROUTE, body), operation, _GONE)
    for one in reversed(held.addresses):
        if one.on in indexes:
            body = holding.address_body(one, indexes[one.on], one.on)
            yield Step(netns, Request(c.RTM_DELADDR, body), operation, _GONE)
            if rest := one.left_behind:
                body = holding.route_body(rest, indexes[one.on])
                yield Step(netns, Request(c.RTM_DELROUTE, body), operation, _GONE)
