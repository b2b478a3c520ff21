"""What a hypervisor is, as far as its kernel tells: cards, names and subnets taken, features."""

from __future__ import annotations

import os
from collections.abc import Collection
from ipaddress import ip_interface

from designer.machine.marks import PROTOCOL, parse
from designer.machine.state import Inventory, NicFacts
from tasks.drivers.kernel import (
    addresses,
    cards,
    dropping,
    features,
    links,
    listening,
    modules,
    routes,
    ways,
)
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.threads import NamespaceThread

_NO_CARDS = frozenset(
    {"bridge", "tun", "vxlan", "ifb", "sit", "gre", "gretap", "ip6tnl", "ipip", "vti", "wireguard",
     "openvswitch", "geneve"}
)  # fmt: skip
"""Kinds of links that are nobody's card. A veth may be one: that of a sandbox or a container."""


def take(
    thread: NamespaceThread,
    name: str,
    protected: frozenset[str],
    controller: Collection[str] = (),
    known: Inventory | None = None,
) -> Inventory:
    """The kernel's part of the inventory; ``controller`` are its addresses. What the kernel can do
    is taken from what is ``known``, and tried without. On the namespace thread."""
    thread.go("")
    with NetlinkSocket() as socket:
        there = links.dump(socket)
        marked = {index for index, seen in there.items() if parse(seen.alias)}
        behind = {seen.master for seen in there.values() if cards.borrower(seen)}
        held: dict[int, list[str]] = {}
        lent: set[str] = set()  # with cards, and not from a lab
        for address in addresses.present(socket):
            if not address.address.startswith("fe80:"):
                held.setdefault(address.index, []).append(address.address)
                if address.index in behind and address.protocol != PROTOCOL:
                    lent.add(str(ip_interface(address.address).network))
        subnets = {
            route.to
            for route in routes.present(socket, decode.route)
            if route.index not in marked
            and not route.to.endswith("/0")
            and not route.to.startswith(("fe80:", "ff"))
        }
        management = ways.cards_to(socket, controller, there)
    open_ports = sorted(listening.ports())
    chains, bridges_call = dropping.chains(), dropping.bridges_call()
    nics = [
        NicFacts(
            name=seen.name,
            mac=seen.mac,
            mtu=seen.mtu,
            up=seen.up,
            addresses=tuple(held.get(index, ())),
            master=there[seen.master].name if seen.master in there else None,
            protected=seen.name in protected,
            management=index in management,
            unbridgeable=ways.unbridgeable(seen.name),
        )
        for index, seen in there.items()
        if index not in marked and _is_card(seen)
    ]
    can, loadable = (known.features, known.loadable) if known else _abilities(thread)
    return Inventory(
        name=name,
        kernel=os.uname().release,
        features=can,
        loadable=loadable,
        nics=tuple(sorted(nics, key=lambda nic: nic.name)),
        links=tuple(sorted(seen.name for seen in there.values())),
        subnets=tuple(sorted(subnets | lent)),
        listening=tuple(f"{protocol}/{port}" for protocol, port in open_ports),
        dropping=tuple(sorted(chains)),
        bridges_call=bridges_call,
        memory=_memory(),
        vcpus=len(os.sched_getaffinity(0)),
    )


def _abilities(thread: NamespaceThread) -> tuple[dict[str, bool], tuple[str, ...]]:
    """Its features, and the modules of those that it would have to load first."""
    works = features.try_all(thread)
    loadable = tuple(one for one in modules.WANTED if not works[one] and modules.loadable(one))
    return works | dict.fromkeys(loadable, True), loadable


def _is_card(seen: LinkSeen) -> bool:
    return not seen.flags & c.IFF_LOOPBACK and seen.kind not in _NO_CARDS


def _memory() -> int:
    """MiB of the whole machine (proc(5))."""
    with open("/proc/meminfo") as lines:
        for line in lines:
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) // 1024
    return 0
