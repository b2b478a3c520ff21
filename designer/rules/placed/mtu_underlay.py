"""Packets of a LAN that crosses VXLAN fit into the tunnel."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.drawn.mtu import IPV6_LEAST, drawn_mtus
from designer.rules.findings import Finding, error
from designer.rules.site import Site


def mtu_underlay(site: Site) -> Iterator[Finding]:
    for ref, lan, mtu in drawn_mtus(site.view):
        fits = site.lan_mtus.get(lan)
        if fits is not None and mtu > fits:
            message = f"MTU {mtu} does not fit into the VXLAN tunnel, which takes {fits}."
            fix = f"Leave it empty, or make it {fits} or less."
            yield error("mtu-underlay", ref, "mtu", message, fix)
    for segment_id in site.underlays:
        lan = site.view.lans.of[segment_id]
        fits = site.lan_mtus[lan]
        ipv6 = any(one.subnet.version == 6 for one in site.view.held_by_lan.get(lan, ()))
        if ipv6 and fits < IPV6_LEAST:
            message = f"The tunnel takes {fits} bytes; IPv6 wants {IPV6_LEAST}."
            fix = "Use NICs with a larger MTU, or IPv4 only."
            yield error("mtu-underlay", f"nodes/{segment_id}", "", message, fix)
