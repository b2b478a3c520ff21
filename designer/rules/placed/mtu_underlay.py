"""Packets of a LAN fit into the tunnel that it crosses, and through the cards of its trunks."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.drawn.mtu import IPV6_LEAST, drawn_mtus
from designer.rules.findings import Finding, error
from designer.rules.site import Site
from designer.topology.kinds import Nic


def mtu_underlay(site: Site) -> Iterator[Finding]:
    tunnels = site.tunnel_mtus
    for ref, lan, mtu in drawn_mtus(site.view):
        card = site.trunk_mtus.get(lan)
        if card is not None and mtu > card[0]:
            nic = site.design.nodes[card[1]]
            assert isinstance(nic, Nic)
            where = site.hypervisor(nic.id)
            message = (
                f"MTU {mtu} does not fit through {nic.name} of {where}, which takes {card[0]}."
            )
            fix = f"Leave it empty, or make it {card[0]} or less."
            yield error("mtu-trunk", ref, "mtu", message, fix)
            continue
        fits = tunnels.get(lan)
        if fits is not None and mtu > fits:
            message = f"MTU {mtu} does not fit into the VXLAN tunnel, which takes {fits}."
            fix = f"Leave it empty, or make it {fits} or less."
            yield error("mtu-underlay", ref, "mtu", message, fix)
    for segment_id in site.underlays:
        lan = site.view.lans.of[segment_id]
        fits = tunnels[lan]
        ipv6 = any(one.subnet.version == 6 for one in site.view.held_by_lan.get(lan, ()))
        if ipv6 and fits < IPV6_LEAST:
            message = f"The tunnel takes {fits} bytes; IPv6 wants {IPV6_LEAST}."
            fix = "Use NICs with a larger MTU, or IPv4 only."
            yield error("mtu-underlay", f"nodes/{segment_id}", "", message, fix)
