"""The gateway of a host is near on its bridge with what a NIC brings there, and a hypervisor has
one of each family, however many hosts are on it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.cards import card_ports
from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.rules.subnets import ip_of, is_near
from designer.topology.kinds import Bridge


def host_gateways(site: Site) -> Iterator[Finding]:
    first: dict[tuple[str, int], Bridge] = {}
    for bridge in site.design.of_kind(Bridge):
        hypervisor = site.hypervisor(bridge.id)
        if not bridge.gateway or hypervisor is None:
            continue
        hop = ip_of(bridge.gateway)
        other = first.setdefault((hypervisor, hop[0]), bridge)
        if other.host != bridge.host:
            message = (
                f"{hypervisor} gets a default gateway of IPv{hop[0]} by {other.id} of "
                f"{other.host}, too."
            )
            fix = "Keep one of them, or place the hosts on different hypervisors."
            yield error("gateway-shared", f"nodes/{bridge.id}", "gateway", message, fix)
        if not is_near(hop, bridge.addresses):
            yield from _far(site, bridge, hop)


def _far(site: Site, bridge: Bridge, hop: tuple[int, int]) -> Iterator[Finding]:
    brought: list[str] = []
    names = []
    for port in card_ports(site.view):
        facts = site.facts(port.nic.id, port.nic.name)
        if port.bridge.id != bridge.id:
            continue
        if facts is None or facts.master is not None:
            return  # a rule of its own says so, or it is there already and has brought them
        brought += facts.addresses
        names.append(port.nic.name)
    if names and not is_near(hop, brought):
        has = f"has {listed(brought)}" if brought else "has no address"
        message = (
            f"{bridge.gateway} is in no subnet that {bridge.id} will have: {listed(names)} of "
            f"{site.hypervisor(bridge.id)} {has}."
        )
        fix = "Name the address of a router in its LAN."
        yield error("next-hop", f"nodes/{bridge.id}", "gateway", message, fix)
