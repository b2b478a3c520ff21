"""Addresses and routes in full, as they are moved from one link to another: read and written.

Every attribute that one may set is kept (rtnetlink(7), linux/if_addr.h, linux/rtnetlink.h).
"""

from __future__ import annotations

import socket

from designer.machine.held import FOR_EVER, HeldAddress, HeldRoute
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import attributes
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.wire import unpacked

_KEPT = c.IFA_F_HOMEADDRESS | c.IFA_F_MANAGETEMPADDR | c.IFA_F_NOPREFIXROUTE | c.IFA_F_MCAUTOJOIN
"""Flags that the kernel takes with a new address (net/ipv6/addrconf.c, net/ipv4/devinet.c)."""
_USER_HZ = 100
_UNFIT = {
    c.RTA_MULTIPATH: "it goes over several links at once",
    c.RTA_NH_ID: "it goes by a nexthop object",
    c.RTA_ENCAP: "it is encapsulated",
}


class Unfit(ValueError):
    """A route that cannot be made anew on another link, and why."""


def address(page: Page, start: int, end: int, on: str) -> HeldAddress:
    """An RTM_NEWADDR message of the link called ``on``."""
    raw, wholes = page.raw, page.wholes
    found = attributes(page, start + 24, end)

    def of(kind: int) -> bytes:
        span = found.get(kind)
        return bytes(raw[span[0] : span[1]]) if span else b""

    def number(kind: int, default: int = 0) -> int:
        span = found.get(kind)
        return wholes[span[0] >> 2] if span else default

    far = of(c.IFA_ADDRESS)
    own = of(c.IFA_LOCAL) or far
    length = raw[start + 17]
    label = of(c.IFA_LABEL).rstrip(b"\0").decode(errors="surrogateescape")
    span = found.get(c.IFA_CACHEINFO)
    lives = (wholes[(span[0] >> 2) + place] for place in (1, 0)) if span else ()
    valid, preferred = (
        (FOR_EVER if one == c.INFINITY_LIFE_TIME else one for one in lives)
        if span
        else (FOR_EVER, FOR_EVER)
    )
    return HeldAddress(
        on=on,
        address=f"{unpacked(own)}/{length}",
        peer=f"{unpacked(far)}/{length}" if far and far != own else "",
        broadcast=unpacked(of(c.IFA_BROADCAST)) if of(c.IFA_BROADCAST) else "",
        label=label.removeprefix(on),
        scope=raw[start + 19],
        flags=number(c.IFA_FLAGS, raw[start + 18]) & _KEPT,
        metric=number(c.IFA_RT_PRIORITY),
        protocol=of(c.IFA_PROTO)[0] if of(c.IFA_PROTO) else 0,
        valid=valid,
        preferred=preferred,
    )


def address_body(one: HeldAddress, index: int, target: str) -> bytes:
    """The body of the message that makes it on the link ``target``, or takes it from there.

    Nobody else has the address, as the hypervisor has it already: no wait for others to object
    (RFC 4862), so that an IPv6 address works at once.
    """
    own, _, length = one.address.partition("/")
    raw = wire.packed(own)
    flags = one.flags | (c.IFA_F_NODAD if len(raw) == 16 else 0)
    far = wire.packed(one.peer.partition("/")[0]) if one.peer else raw
    parts = [
        wire.ADDRESS.pack(wire.family_of(own), int(length), flags & 0xFF, one.scope, index),
        wire.attribute(c.IFA_LOCAL, raw),
        wire.attribute(c.IFA_ADDRESS, far),
        wire.u32(c.IFA_FLAGS, flags),
    ]
    if one.broadcast:
        parts.append(wire.attribute(c.IFA_BROADCAST, wire.packed(one.broadcast)))
    if len(raw) == 4:
        label = f"{target}{one.label}" if one.label[:1] in ("", ":") else one.label
        parts.append(wire.text(c.IFA_LABEL, label[:15]))
    if one.metric:
        parts.append(wire.u32(c.IFA_RT_PRIORITY, one.metric))
    if one.protocol:
        parts.append(wire.u8(c.IFA_PROTO, one.protocol))
    if one.valid is not FOR_EVER or one.preferred is not FOR_EVER:
        lives = (
            c.INFINITY_LIFE_TIME if life is FOR_EVER else life
            for life in (one.preferred, one.valid)
        )
        body = b"".join(life.to_bytes(4, "little") for life in lives)
        parts.append(wire.attribute(c.IFA_CACHEINFO, body + bytes(8)))
    return b"".join(parts)


def route(page: Page, start: int, end: int, on: str) -> HeldRoute:
    """An RTM_NEWROUTE message out of the link called ``on``. Raises Unfit."""
    raw, wholes = page.raw, page.wholes
    found = attributes(page, start + 28, end)

    def of(kind: int) -> bytes:
        span = found.get(kind)
        return bytes(raw[span[0] : span[1]]) if span else b""

    def number(kind: int, default: int = 0) -> int:
        span = found.get(kind)
        return wholes[span[0] >> 2] if span else default

    family = raw[start + 16]
    anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    to = f"{unpacked(of(c.RTA_DST)) if of(c.RTA_DST) else anywhere}/{raw[start + 17]}"
    for kind, why in _UNFIT.items():
        if kind in found:
            raise Unfit(f"the route to {to} cannot be moved: {why}")
    settings = []
    if span := found.get(c.RTA_METRICS):
        for kind, (first, last) in attributes(page, *span).items():
            if kind == c.RTAX_CC_ALGO or last - first != 4:
                raise Unfit(f"the route to {to} cannot be moved: it names a congestion control")
            settings.append((kind, wholes[first >> 2]))
    expires: int | None = FOR_EVER
    if family == socket.AF_INET6 and (span := found.get(c.RTA_CACHEINFO)):
        # rta_cacheinfo: clntref, lastuse, expires, …; nothing but 0 or less is no end
        left = wholes[(span[0] >> 2) + 2]
        expires = max(1, left // _USER_HZ) if 0 < left < 1 << 31 else FOR_EVER
    via = of(c.RTA_GATEWAY) or of(c.RTA_VIA)[2:]
    preference = of(c.RTA_PREF)
    return HeldRoute(
        on=on,
        to=to,
        via=unpacked(via) if via else "",
        table=number(c.RTA_TABLE, raw[start + 20]),
        metric=number(c.RTA_PRIORITY),
        protocol=raw[start + 21],
        scope=raw[start + 22],
        tos=raw[start + 19],
        source=unpacked(of(c.RTA_PREFSRC)) if of(c.RTA_PREFSRC) else "",
        only_from=f"{unpacked(of(c.RTA_SRC))}/{raw[start + 18]}" if of(c.RTA_SRC) else "",
        onlink=bool(wholes[(start + 24) >> 2] & c.RTNH_F_ONLINK),
        preference=preference[0] if preference else None,
        settings=tuple(settings),
        expires=expires,
    )


def route_body(one: HeldRoute, index: int) -> bytes:
    """The body of the message that makes it out of the link of that index, or removes it."""
    network, _, length = one.to.partition("/")
    origin, _, from_length = one.only_from.partition("/")
    table = one.table if one.table < 256 else 0
    flags = c.RTNH_F_ONLINK if one.onlink else 0
    parts = [
        wire.ROUTE.pack(
            wire.family_of(network), int(length), int(from_length or 0), one.tos, table,
            one.protocol, one.scope, c.RTN_UNICAST, flags,
        ),
        wire.u32(c.RTA_OIF, index),
        wire.u32(c.RTA_TABLE, one.table),
    ]  # fmt: skip
    if int(length):
        parts.append(wire.attribute(c.RTA_DST, wire.packed(network)))
    if origin:
        parts.append(wire.attribute(c.RTA_SRC, wire.packed(origin)))
    if one.via:
        if ":" in one.via and ":" not in network:  # RFC 5549
            family = wire.family_of(one.via).to_bytes(2, "little")
            parts.append(wire.attribute(c.RTA_VIA, family + wire.packed(one.via)))
        else:
            parts.append(wire.attribute(c.RTA_GATEWAY, wire.packed(one.via)))
    if one.metric:
        parts.append(wire.u32(c.RTA_PRIORITY, one.metric))
    if one.source:
        parts.append(wire.attribute(c.RTA_PREFSRC, wire.packed(one.source)))
    if one.settings:
        parts.append(wire.nest(c.RTA_METRICS, *(wire.u32(*pair) for pair in one.settings)))
    if one.preference is not None:
        parts.append(wire.u8(c.RTA_PREF, one.preference))
    if one.expires is not FOR_EVER:
        parts.append(wire.u32(c.RTA_EXPIRES, one.expires))
    return b"".join(parts)
