"""Networks that give addresses: the subnet that they give from, and to whom a certain one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_interface
from itertools import chain

from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Network, Vm
from designer.topology.records import Interface


@dataclass(frozen=True, slots=True)
class Lease:
    """The address that a network keeps for a VM's card. ``text`` as it is drawn, or would be, with
    prefix."""

    network: Network
    card: Interface
    text: str

    @property
    def ip(self) -> str:
        return self.text.partition("/")[0]


def dhcp_address(network: Network) -> str:
    """The host's own address in the subnet that DHCP gives from: the first IPv4 one that is
    drawn (libvirt has DHCP once in each family); "" where it gives none or that is not known."""
    if not network.dhcp or network.existing:
        return ""
    return next((one for one in network.addresses if ":" not in one), "")


def dhcp_subnet(network: Network) -> IPv4Network | None:
    address = dhcp_address(network)
    found = ip_interface(address).network if address else None
    return found if isinstance(found, IPv4Network) else None


def leases(design: Design) -> Iterator[Lease]:
    """Every address drawn at a VM's card that its network can give it; and one that is chosen for
    each card that ports are forwarded to and that would have any address otherwise."""
    for network in design.of_kind(Network):
        subnet = dhcp_subnet(network)
        if subnet is None:
            continue
        asking: list[Interface] = []
        for card in _cards(design, network):
            for text in card.addresses:
                if ":" not in text and ip_interface(text).ip in subnet:
                    yield Lease(network, card, text)
                    break  # a card has one lease
            else:
                asking.append(card)
        targets = {one["to"] for one in network.forwards}
        wanted = [one for one in asking if one.id in targets and asks(design, network, one)]
        if wanted:
            yield from _chosen(design, network, subnet, wanted)


def asks(design: Design, network: Network, card: Interface) -> bool:
    """Whether a card is plugged into the network, asks it for an IPv4 address and takes what it is
    given: a VM's does, unless its cloud-init is to set another there."""
    vm, port = design.nodes[card.node], design.peer(card.id)
    if not isinstance(vm, Vm) or port is None or port.node != network.id:
        return False
    if not network.dhcp or network.existing:
        return False
    return not vm.cloud_init or all(":" in one for one in card.addresses)


def _cards(design: Design, network: Network) -> Iterator[Interface]:
    """Those of VMs that are plugged into it."""
    for port in design.interfaces_of[network.id]:
        card = design.peer(port.id)
        if card is not None and isinstance(design.nodes[card.node], Vm):
            yield card


def _chosen(
    design: Design, network: Network, subnet: IPv4Network, cards: Collection[Interface]
) -> Iterator[Lease]:
    """Of the subnet, and drawn nowhere. Where a card's search begins is told by its id alone, so
    that the card keeps its address whatever else is drawn later, but for a rare one that meets
    another's. Outside of the range that is drawn, if it can be: nobody has such an address yet.
    Where none is left a card has no lease."""
    if subnet.prefixlen > _LONGEST:
        return
    first, last = int(subnet[1]), int(subnet[-2])
    taken = {int(IPv4Address(one.partition("/")[0])) for one in _drawn(design) if ":" not in one}
    given = range(0)
    if network.dhcp_start or network.dhcp_end:
        start = int(ip_address(network.dhcp_start)) if network.dhcp_start else first
        end = int(ip_address(network.dhcp_end)) if network.dhcp_end else last
        given = range(start, end + 1)
    for card in sorted(cards, key=lambda one: natural(one.id)):
        begin = first + int(hashlib.sha256(card.id.encode()).hexdigest(), 16) % (last - first + 1)
        for shunned in (given, range(0)):
            ahead = chain(range(begin, last + 1), range(first, begin))
            number = next((one for one in ahead if one not in taken and one not in shunned), None)
            if number is not None:
                taken.add(number)
                yield Lease(network, card, f"{IPv4Address(number)}/{subnet.prefixlen}")
                break


_LONGEST = 30
"""The prefix of the smallest subnet that has room for anybody beside the host."""


def _drawn(design: Design) -> Iterator[str]:
    """Every address in the drawing, with its prefix, whoever has it."""
    for record in (*design.nodes.values(), *design.interfaces.values()):
        yield from getattr(record, "addresses", ())


def addressed(design: Design, subnets: Mapping[str, tuple[str, ...]]) -> Design:
    """The design with these addresses at its networks, by id: those that were chosen for
    networks where none is drawn."""
    if not subnets:
        return design
    nodes = dict(design.nodes)
    for id, addresses in subnets.items():
        node = nodes[id]
        assert isinstance(node, Network)
        nodes[id] = replace(node, addresses=addresses)
    return replace(design, nodes=nodes)


def unaddressed(design: Design) -> Iterator[Network]:
    """The networks of the lab's own where no address is drawn."""
    for network in design.of_kind(Network):
        if not network.addresses and not network.existing:
            yield network
