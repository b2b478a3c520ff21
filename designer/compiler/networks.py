"""A network: libvirt's, with DHCP, its bridge and the hypervisor's own addresses on that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_interface
from itertools import chain

from designer.compiler import names
from designer.compiler.build import Build
from designer.compiler.forwards import port_forwards
from designer.machine import resources as machine
from designer.machine.marks import table_name
from designer.machine.resources import Behind, DhcpRange, NatTable, StaticLease
from designer.topology.document import natural
from designer.topology.kinds import Network
from designer.topology.leasing import dhcp_address, leases

MOST = 65_535
"""Addresses in a range: libvirt takes no larger one (virSocketAddrGetRange)."""
_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


def compile_network(build: Build, network: Network) -> None:
    ref = f"nodes/{network.id}"
    name = build.network_name(network)
    if network.existing:
        borrowed = machine.Network(name=name, bridge=build.bridge_name(network))
        build.share(network.id, borrowed, ref)
        return
    made = machine.Network(
        name=name,
        bridge=build.bridge_name(network),
        uuid=names.network_uuid(build.lab, network.id),
        forward="open" if network.forwards else network.forward,
        addresses=network.addresses,
        ranges=tuple(_ranges(build, network)),
        leases=tuple(sorted(_leases(build, network))),
        domain=network.domain,
        dns=network.dns,
        mtu=network.mtu or build.lan_mtu(network.id),
        running=True,
        autostart=True,
        owner=build.lab,
    )
    build.add(network.id, made, ref)


def compile_forwards(build: Build) -> None:
    """The networks that ports are forwarded to, one table for all on a hypervisor: it does for
    them what libvirt does for its NAT networks, which lets nothing in."""
    behind: dict[str, list[Network]] = {}
    for node in build.nodes:
        if isinstance(node, Network) and node.forwards and not node.existing:
            behind.setdefault(build.hypervisors[node.id], []).append(node)
    for networks in behind.values():
        table = NatTable(
            netns="",
            name=table_name(build.lab),
            behind=tuple(sorted(_behind(build, one) for one in networks)),
            forwards=tuple(sorted(chain(*(port_forwards(build, one) for one in networks)))),
            owner=build.lab,
        )
        build.add(networks[0].id, table, f"nodes/{networks[0].id}")


def _behind(build: Build, network: Network) -> Behind:
    subnets = sorted(str(ip_interface(one).network) for one in network.addresses)
    return Behind(bridge=build.bridge_name(network), subnets=tuple(subnets))


def _ranges(build: Build, network: Network) -> Iterator[DhcpRange]:
    """As drawn; else the whole subnet but for the addresses that others in the LAN have set."""
    address = dhcp_address(network)
    if not address:
        return
    subnet = ip_interface(address).network
    first, last = int(subnet.network_address) + 1, int(subnet.broadcast_address) - 1
    if network.dhcp_start or network.dhcp_end:
        yield DhcpRange(
            start=network.dhcp_start or str(IPv4Address(first)),
            end=network.dhcp_end or str(IPv4Address(last)),
        )
        return
    held = build.view.held_by_lan.get(build.view.lans.of[network.id], ())
    taken = {one.ip[1] for one in held if one.ip[0] == 4 and not one.leased}
    for start, end in _gaps(first, min(last, first + MOST - 1), taken):
        yield DhcpRange(start=str(IPv4Address(start)), end=str(IPv4Address(end)))


def _gaps(first: int, last: int, taken: Iterable[int]) -> Iterator[tuple[int, int]]:
    """What is between the taken numbers, first and last of each."""
    start = first
    for number in sorted(one for one in taken if first <= one <= last):
        if number > start:
            yield start, number - 1
        start = number + 1
    if start <= last:
        yield start, last


def _leases(build: Build, network: Network) -> Iterator[StaticLease]:
    """A VM's name goes with its first card: libvirt knows a name once in a network."""
    named: set[str] = set()
    mine = [lease for lease in leases(build.design) if lease.network.id == network.id]
    for lease in sorted(mine, key=lambda lease: natural(lease.card.id)):
        vm = lease.card.node
        name = vm if _LABEL.fullmatch(vm) and vm not in named else ""
        named.add(vm)
        yield StaticLease(ip=lease.ip, mac=build.guest_mac(lease.card), name=name)
