"""Nobody sets a VM's addresses from outside, but for its cloud-init; and a network's DHCP gives its
card the one that is drawn there."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, warning
from designer.rules.view import View
from designer.topology.kinds import Network, Vm
from designer.topology.leasing import dhcp_subnet, leases
from designer.topology.records import Interface


def vm_addresses(view: View) -> Iterator[Finding]:
    leased = {(lease.card.id, lease.text) for lease in leases(view.design)}
    for vm in view.design.of_kind(Vm):
        for card in view.design.interfaces_of[vm.id]:
            others = [text for text in card.addresses if (card.id, text) not in leased]
            if others and not vm.cloud_init:
                message, fix = _told(view, card, others)
                yield warning("vm-addresses", f"interfaces/{card.id}", "addresses", message, fix)


def _told(view: View, card: Interface, others: list[str]) -> tuple[str, str]:
    which = "Addresses" if len(others) == len(card.addresses) else ", ".join(others)
    message = f"{which} of {card.id} are not set: the system in the VM does that."
    fix = "Turn Cloud-init on, or set them in the guest yourself."
    links = view.links_at.get(card.id)
    network = view.node(view.far(links[0], card.id)) if links else None
    if isinstance(network, Network) and network.dhcp and not network.existing:
        subnet = dhcp_subnet(network)
        if subnet is None:
            fix = f"Draw an IPv4 address at {network.id}, too: its DHCP then gives the VM this one."
        else:
            fix = f"Draw one address in {subnet}: the DHCP of {network.id} then gives it."
    return message, fix
