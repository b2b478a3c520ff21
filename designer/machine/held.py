"""What a link holds of the hypervisor's own network: addresses and routes that no lab made.

A bridge's port has no use for them, so they go with a card to its bridge and back again. Every
field is as the kernel tells it (rtnetlink(7)), so that what is moved is what was there: an address
with its scope, label and what is left of its lifetimes, a route with its table, metric and
protocol. ``on`` is the link that has it now.

What the kernel makes by itself is not held: link-local addresses from the MAC, and the routes to
an address's own subnet, which come and go with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_interface

FOR_EVER = None
"""Of lifetimes: no end (INFINITY_LIFE_TIME)."""
KERNEL = 2
"""RTPROT_KERNEL: a route that came with an address."""
_METRIC = 256
"""Of such a route in IPv6 (IP6_RT_PRIO_ADDRCONF)."""
MAIN = 254
"""RT_TABLE_MAIN."""
NO_PREFIX_ROUTE, MANAGE_TEMPORARY = 0x200, 0x100
"""IFA_F_NOPREFIXROUTE: the subnet's route is somebody else's to make. IFA_F_MANAGETEMPADDR: the
kernel makes temporary addresses beside it (RFC 8981)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAddress:
    """``valid`` and ``preferred`` are the seconds that are left, None for ever; ``label`` of IPv4
    is what stands behind the link's name (":1"), or another name altogether; ``metric`` is that of
    its subnet's route; ``flags`` are those that one may set (IFA_F_*)."""

    on: str
    address: str
    """With its prefix length: "192.0.2.7/24"."""
    peer: str = ""
    broadcast: str = ""
    label: str = ""
    scope: int = 0
    flags: int = 0
    metric: int = 0
    protocol: int = 0
    valid: int | None = FOR_EVER
    preferred: int | None = FOR_EVER

    @property
    def left_behind(self) -> HeldRoute | None:
        """The route to its subnet where the kernel leaves that standing when the address is taken
        away: of IPv6 addresses with a lifetime (net/ipv6/addrconf.c, ipv6_del_addr)."""
        if self.valid is FOR_EVER or ":" not in self.address or self.flags & NO_PREFIX_ROUTE:
            return None
        return HeldRoute(
            on=self.on,
            to=str(ip_interface(self.peer or self.address).network),
            protocol=KERNEL,
            metric=self.metric or _METRIC,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRoute:
    """A route out of one link, in any table. ``source`` is the address that packets are sent from
    (``src``), ``only_from`` the one for which alone it counts (IPv6's ``from``); ``settings`` are
    MTU and the like, (RTAX_*, value); ``expires`` the seconds that are left, None for ever."""

    on: str
    to: str
    via: str = ""
    table: int = MAIN
    metric: int = 0
    protocol: int = 0
    scope: int = 0
    tos: int = 0
    source: str = ""
    only_from: str = ""
    onlink: bool = False
    preference: int | None = None
    settings: tuple[tuple[int, int], ...] = ()
    expires: int | None = FOR_EVER


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNeighbour:
    """A neighbour's MAC address that somebody wrote down (NUD_PERMANENT)."""

    on: str
    address: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """In the order in which they are to be made. ``fixed`` says in words what cannot be moved, so
    that the card cannot either; ``naming`` what names the card and stays as it is: policy rules
    and the packet filter's."""

    addresses: tuple[HeldAddress, ...] = ()
    routes: tuple[HeldRoute, ...] = ()
    neighbours: tuple[HeldNeighbour, ...] = ()
    fixed: tuple[str, ...] = ()
    naming: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.addresses or self.routes or self.neighbours)

    def __add__(self, other: Held) -> Held:
        return Held(
            addresses=self.addresses + other.addresses,
            routes=self.routes + other.routes,
            neighbours=self.neighbours + other.neighbours,
            fixed=self.fixed + other.fixed,
            naming=self.naming + other.naming,
        )

    @property
    def places(self) -> frozenset[str]:
        """The links that have any of it."""
        everything: tuple[HeldAddress | HeldRoute | HeldNeighbour, ...]
        everything = (*self.addresses, *self.routes, *self.neighbours)
        on = {one.on for one in everything}
        return frozenset(on - {""})

    @property
    def has_ipv6(self) -> bool:
        return any(":" in one.address for one in self.addresses) or any(
            ":" in one.to for one in self.routes
        )

    @property
    def steady(self) -> Held:
        """Without what goes down by itself while nobody does anything, and what is not moved."""
        return Held(
            addresses=tuple(
                replace(
                    one,
                    valid=FOR_EVER if one.valid is FOR_EVER else 0,
                    preferred=FOR_EVER if one.preferred is FOR_EVER else 0,
                )
                for one in self.addresses
            ),
            routes=tuple(
                replace(one, expires=FOR_EVER if one.expires is FOR_EVER else 0)
                for one in self.routes
            ),
            neighbours=self.neighbours,
            fixed=self.fixed,
        )
