"""What a VM's cloud-init is told: its host name, who may come in, and its addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_interface

from designer.compiler.build import Build
from designer.machine.resources import Seed, SeedNic
from designer.topology.kinds import Network, Vm
from designer.topology.records import Interface


def seed_of(build: Build, vm: Vm, cards: Sequence[tuple[Interface, str]]) -> Seed | None:
    """For the cards with their MACs; None for a VM without cloud-init."""
    if not vm.cloud_init:
        return None
    return Seed(
        hostname=vm.hostname or re.sub(r"[^a-z0-9-]+", "-", vm.id).strip("-"),
        user=vm.user,
        keys=vm.ssh_keys,
        nics=tuple(_nic(build, vm, card, mac) for card, mac in cards),
    )


def _nic(build: Build, vm: Vm, card: Interface, mac: str) -> SeedNic:
    """A card without addresses asks by DHCP. So does one that its network gives the address that is
    drawn there, as its static lease: gateway and name servers come along."""
    far = build.view.node(build.view.far(build.view.links_at[card.id][0], card.id))
    mine = (one for one in build.view.held_by_stack.get(vm.id, ()) if one.holder == card.id)
    given = {one.text for one in mine if one.leased}
    asks = not card.addresses or bool(given)
    if isinstance(far, Network) and far.dhcp:
        asks = asks or all(":" in one for one in card.addresses)
    static = tuple(one for one in card.addresses if one not in given)
    subnets = [ip_interface(one).network for one in static]
    gateway = ip_address(vm.gateway) if vm.gateway else None
    near = gateway is not None and any(gateway in subnet for subnet in subnets)
    return SeedNic(
        mac=mac,
        addresses=static,
        dhcp=asks,
        gateways=(vm.gateway,) if near else (),
        dns=vm.dns if static else (),
    )
