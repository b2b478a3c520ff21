"""Networks that give addresses: the subnet that they give from, and to whom a certain one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, ip_interface

from designer.topology.design import Design
from designer.topology.kinds import Network, Vm
from designer.topology.records import Interface


@dataclass(frozen=True, slots=True)
class Lease:
    """The address that a network keeps for a VM's card. ``text`` as it is drawn, with prefix."""

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
    """Every address drawn at a VM's card that its network can give it; cloud-init sets those of
    its VMs itself."""
    for network in design.of_kind(Network):
        subnet = dhcp_subnet(network)
        if subnet is None:
            continue
        for port in design.interfaces_of[network.id]:
            card = design.peer(port.id)
            vm = None if card is None else design.nodes[card.node]
            if card is None or not isinstance(vm, Vm) or vm.cloud_init:
                continue
            for text in card.addresses:
                if ":" not in text and ip_interface(text).ip in subnet:
                    yield Lease(network, card, text)
                    break  # a card has one lease


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
