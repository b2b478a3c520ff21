"""What is there: one pass over the hypervisor's own namespace and the named ones of a lab.

A named namespace is entered by its thread and asked over a socket of its own; of those that are not
the lab's, only the loopback's mark is read. Everything is read by dumps, decoded by hand.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

from designer.machine.held import Held
from designer.machine.marks import PROTOCOL, group_of, parse, table_name
from designer.machine.resources import (
    Address,
    Bridge,
    Key,
    Link,
    Module,
    Namespace,
    NatTable,
    Physical,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState
from tasks.drivers.kernel import (
    addresses,
    forwarding,
    holding,
    links,
    modules,
    namespaces,
    portvlans,
    routes,
    tables,
)
from tasks.drivers.kernel.bridges import seen_options
from tasks.drivers.kernel.cards import borrower
from tasks.drivers.kernel.filters import FilterFailed
from tasks.drivers.kernel.parents import seen_parent
from tasks.drivers.kernel.vlans import is_8021q, seen_vlan
from tasks.drivers.kernel.vxlans import remotes, seen_tunnel
from tasks.drivers.netlink import bridging, decode, wire
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.bridging import Vlans
from tasks.drivers.netlink.decode import AddressSeen, LinkSeen, RouteSeen
from tasks.drivers.netlink.sockets import Failure, NetlinkSocket
from tasks.drivers.netlink.threads import NETNS_DIR, NamespaceThread
from tasks.drivers.netlink.wire import Request

_MADE = frozenset({"bridge", "vxlan"})
"""Kinds that we make, beside veths."""


@dataclass(slots=True)
class View:
    """What stands in one namespace. ``home_nsid`` is the id by which it knows the hypervisor's."""

    netns: str
    owner: str | None = None
    forwards: bool = False
    home_nsid: int = -1
    links: dict[int, LinkSeen] = field(default_factory=dict)
    addresses: list[AddressSeen] = field(default_factory=list)
    routes: list[RouteSeen] = field(default_factory=list)
    tables: list[NatTable] = field(default_factory=list)
    remotes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    """Of cards that the lab wants or has, and of the bridges that these are ports of."""
    vlans: dict[int, Vlans] = field(default_factory=dict)
    """Of the ports of VLAN-aware bridges, and of these themselves; empty lists are not there."""


def observe(thread: NamespaceThread, lab: str, keys: Collection[Key]) -> MachineState:
    """Everything that the lab owns, and whatever else stands at ``keys``."""
    asked = frozenset(keys)
    also = {key[1] for key in asked if key[0] in ("namespace", "link", "address", "route", "table")}
    views = [_home(thread, lab, asked)]
    try:
        for name in namespaces.names():
            if view := _named(thread, name, lab, asked, name in also):
                views.append(view)
    finally:
        thread.go("")
    found: dict[Key, Resource] = {}
    for key, resource in _Reading(thread, views, lab, asked).resources():
        # A route can be there twice, by another metric: ours counts.
        if key not in found or resource.owner == lab:
            found[key] = resource
    return MachineState(found)


def _home(thread: NamespaceThread, lab: str, asked: frozenset[Key]) -> View:
    view = View("")
    thread.go("")
    with NetlinkSocket() as socket:
        _fill(view, socket, thread, lab, asked)
        for index in _of_interest(view, lab, asked):
            view.held[index] = holding.present(socket, view.links[index], view.links)
    return view


def _of_interest(view: View, lab: str, asked: frozenset[Key]) -> Iterator[int]:
    """The lab's cards and its bridges, where it has or wants cards at all; most have none."""
    cards = {
        index for index, seen in view.links.items()
        if seen.kind not in _MADE and not parse(seen.alias)
        and (("link", "", seen.name) in asked or borrower(seen) == lab)
    }  # fmt: skip
    yield from cards
    if cards:
        for index, seen in view.links.items():
            mark = parse(seen.alias)
            if seen.kind == "bridge" and mark is not None and mark.lab == lab:
                yield index


def _named(
    thread: NamespaceThread, name: str, lab: str, asked: frozenset[Key], also: bool
) -> View | None:
    """A named namespace, or None where it is of no interest or not one at all."""
    try:
        thread.go(name)
    except FileNotFoundError:
        return None  # gone meanwhile
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        if name.startswith(f"{lab}-"):
            namespaces.sweep(name)
        return None
    with NetlinkSocket() as socket:
        if not also and not name.startswith(f"{lab}-") and not _is_of(lab, socket):
            return None
        view = View(name)
        view.forwards = forwarding.both(*forwarding.read(socket))
        _fill(view, socket, thread, lab, asked)
        mark = parse(view.links[1].alias) if 1 in view.links else None
        view.owner = mark.lab if mark else None
        if view.owner != lab and not also:
            return None
        if any(one.peer_nsid is not None for one in view.links.values()):
            # Only now: the kernel gives an id when it is first told, in the links above.
            view.home_nsid = _nsid(socket, thread.home)
    return view


def _is_of(lab: str, socket: NetlinkSocket) -> bool:
    """Whether the socket's namespace carries the lab's mark."""
    seen = namespaces.loopback(socket)
    mark = parse(seen.alias) if seen else None
    return mark is not None and mark.lab == lab


def _nsid(socket: NetlinkSocket, descriptor: int) -> int:
    """The id by which the socket's namespace knows another; -1 where it does not."""
    question = Request(c.RTM_GETNSID, bytes(4) + wire.u32(c.NETNSA_FD, descriptor))
    reply = socket.ask([question])[0]
    if isinstance(reply, Failure):
        return -1
    found = decode.number(reply, 0, len(reply.raw), c.NETNSA_NSID)
    return -1 if found is None else found


def _fill(
    view: View, socket: NetlinkSocket, thread: NamespaceThread, lab: str, asked: frozenset[Key]
) -> None:
    view.links = links.dump(socket)
    view.addresses = addresses.present(socket)
    view.routes = routes.present(socket)
    for index, seen in view.links.items():
        if seen.kind == "vxlan":
            mark = parse(seen.alias)
            if (mark and mark.lab == lab) or ("link", view.netns, seen.name) in asked:
                view.remotes[index] = remotes(socket, index)
    if any(portvlans.is_aware(seen) for seen in view.links.values()):
        view.vlans = bridging.read(socket)
    for name, way in tables.present(thread, view.netns):
        if name == table_name(lab) or ("table", view.netns, name) in asked:
            view.tables.append(_table(thread, view.netns, name, way))


def _table(thread: NamespaceThread, netns: str, name: str, way: ModuleType) -> NatTable:
    try:
        return tables.read(thread, netns, name, way)
    except FilterFailed:  # removed meanwhile, or written by a newer nft
        return NatTable(netns=netns, name=name, outside=())


class _Whose(NamedTuple):
    """``made``: of a kind and by a hand that make it more than a card. ``other``: a veth's end."""

    owner: str | None
    made: bool
    other: tuple[View, LinkSeen] | None


class _Reading:
    """Resources from views: those of the lab, and those asked for."""

    def __init__(
        self, thread: NamespaceThread, views: list[View], lab: str, asked: frozenset[Key]
    ) -> None:
        self._thread = thread
        self._views = views
        self._home = views[0]
        self._lab = lab
        self._asked = asked
        self._labs: dict[str, str | None] = {"": None}
        self._ends: dict[tuple[int, int], list[tuple[View, LinkSeen]]] = {}
        for view in views:
            for seen in view.links.values():
                if seen.peer_nsid is not None and seen.kind == "veth":
                    self._ends.setdefault((seen.index, seen.peer), []).append((view, seen))

    def resources(self) -> Iterator[tuple[Key, Resource]]:
        """By key."""
        for view in self._views[1:]:
            space = Namespace(name=view.netns, forwarding=view.forwards, owner=view.owner)
            if self._wanted(space.key, space.owner):
                yield space.key, space
        for view in self._views:
            owners: dict[int, str | None] = {}
            for index, seen in view.links.items():
                whose = self._whose(view, seen)
                owners[index] = view.owner if seen.flags & c.IFF_LOOPBACK else whose.owner
                key = ("link", view.netns, seen.name)
                if self._wanted(key, whose.owner):
                    yield key, self._link(view, seen, whose)
            yield from self._addresses(view, owners)
            yield from self._routes(view, owners)
            for table in view.tables:
                if self._wanted(table.key, table.owner):
                    yield table.key, table
        yield from self._parents()
        yield from self._modules()

    def _wanted(self, key: Key, owner: str | None) -> bool:
        return owner == self._lab or key in self._asked

    def _parents(self) -> Iterator[tuple[Key, Resource]]:
        for seen in self._home.links.values():
            if not seen.altnames and ("parent", seen.name) not in self._asked:
                continue
            parent = seen_parent(seen, self._lab)
            if self._wanted(parent.key, parent.owner):
                yield parent.key, parent

    def _modules(self) -> Iterator[tuple[Key, Resource]]:
        for key in self._asked:
            if key[0] == "module" and modules.present(key[1]):
                yield key, Module(name=key[1])

    def _addresses(
        self, view: View, owners: dict[int, str | None]
    ) -> Iterator[tuple[Key, Resource]]:
        for seen in view.addresses:
            link = view.links.get(seen.index)
            if link is None:
                continue
            owner = owners[seen.index] if seen.protocol == PROTOCOL else None
            key = ("address", view.netns, link.name, seen.address)
            if self._wanted(key, owner):
                yield (
                    key,
                    Address(netns=view.netns, link=link.name, address=seen.address, owner=owner),
                )

    def _routes(self, view: View, owners: dict[int, str | None]) -> Iterator[tuple[Key, Resource]]:
        for seen in view.routes:
            owner = view.owner if view.netns else owners.get(seen.index)
            if seen.protocol != PROTOCOL:
                owner = None
            link = None
            if not view.netns:
                # The hypervisor's own stand beside ours and are not in the way.
                if owner is None:
                    continue
                link = view.links[seen.index].name
            key = ("route", view.netns, seen.to, seen.via)
            if self._wanted(key, owner):
                yield key, Route(netns=view.netns, to=seen.to, via=seen.via, link=link, owner=owner)

    def _lab_of(self, alias: str) -> str | None:
        """The lab whose mark this is. Most links have the same one."""
        try:
            return self._labs[alias]
        except KeyError:
            mark = parse(alias)
            return self._labs.setdefault(alias, mark.lab if mark else None)

    def _whose(self, view: View, seen: LinkSeen) -> _Whose:
        if seen.kind == "veth":
            other = self._other_end(view, seen)
            # Killed before the second end had its mark, the first one's is for both.
            owner = self._lab_of(seen.alias) or (other and self._lab_of(other[1].alias)) or None
            if owner is not None:
                return _Whose(owner, True, other)
        elif seen.kind == "vlan" and is_8021q(seen):
            owner = self._lab_of(seen.alias)
            # Killed before it had its mark, in a namespace of the lab, it has the lab's group.
            if view.owner and not seen.alias and seen.group == group_of(view.owner):
                owner = view.owner
            return _Whose(owner, True, None)
        elif seen.kind in _MADE:
            return _Whose(self._lab_of(seen.alias), True, None)
        return _Whose(borrower(seen), False, None)

    def _link(self, view: View, seen: LinkSeen, whose: _Whose) -> Link:
        master = view.links.get(seen.master)
        port = links.seen_port(seen)
        if portvlans.is_aware(master):
            port = portvlans.seen_port(port, view.vlans.get(seen.index, bridging.NONE))
        common: dict[str, object] = {
            "netns": view.netns,
            "name": seen.name,
            "mac": seen.mac or None,
            "mtu": seen.mtu,
            "up": seen.up,
            "master": master.name if master else None,
            "port": port,
            "ipv6": seen.ipv6,
            "running": seen.running,
            "index": seen.index,
            "owner": whose.owner,
        }
        if seen.kind == "bridge":
            own = None
            if portvlans.is_aware(seen):
                own = portvlans.seen_own(view.vlans.get(seen.index, bridging.NONE))
            common["held"] = view.held.get(seen.index) or None
            return Bridge(**common, **seen_options(seen), vlan=own)  # type: ignore[arg-type]
        if seen.kind == "vxlan":
            vni, below, local, udp_port = seen_tunnel(seen)
            device = view.links.get(below)
            return Vxlan(
                **common,  # type: ignore[arg-type]
                vni=vni,
                device=device.name if device else "",
                local=local,
                udp_port=udp_port,
                remotes=view.remotes.get(seen.index, ()),
            )
        if seen.kind == "vlan" and whose.made:
            index, vid = seen_vlan(seen)
            card = self._card(view, seen.peer_nsid, index)
            return Vlan(**common, device=card, vid=vid)  # type: ignore[arg-type]
        if seen.kind == "veth" and whose.made:
            other = whose.other
            return Veth(
                **common,  # type: ignore[arg-type]
                peer_netns=other[0].netns if other else "",
                peer=other[1].name if other else f"if{seen.peer}",
            )
        held = view.held.get(seen.index)
        if held is not None and not held and not held.fixed:
            held = None
        return Physical(**common, type=seen.kind, held=held)  # type: ignore[arg-type]

    def _card(self, view: View, nsid: int | None, index: int) -> str:
        """The name of a sub-interface's card; empty where that is in yet another namespace."""
        at_home = nsid == view.home_nsid if nsid is not None else view is self._home
        seen = self._home.links.get(index) if at_home else None
        return seen.name if seen else ""

    def _other_end(self, view: View, seen: LinkSeen) -> tuple[View, LinkSeen] | None:
        """The other end of a veth. An index says little alone: every namespace has its own."""
        if seen.peer_nsid is None:
            other = view.links.get(seen.peer)
            return (view, other) if other else None
        for there, other in self._ends.get((seen.peer, seen.index), ()):
            if there is view or other.peer_nsid is None:
                continue
            if there is self._home:
                if seen.peer_nsid == view.home_nsid:
                    return there, other
            elif view is self._home:
                if other.peer_nsid == there.home_nsid:
                    return there, other
            elif seen.peer_nsid == self._nsid_of(view, there):
                return there, other
        return None

    def _nsid_of(self, view: View, of: View) -> int | None:
        """The id by which one named namespace knows another."""
        try:
            descriptor = os.open(NETNS_DIR / of.netns, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            self._thread.go(view.netns)
            with NetlinkSocket() as socket:
                return _nsid(socket, descriptor)
        except OSError:
            return None
        finally:
            os.close(descriptor)
            self._thread.go("")
