"""VXLAN runs between addresses: each NIC of the segment has one, all of one family."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.site import OVERHEAD, Site, tunnel_address


def nic_tunnel(site: Site) -> Iterator[Finding]:
    for segment_id, uplinks in site.view.uplinks.items():
        if not uplinks or uplinks[0].segment.transport != "vxlan":
            continue
        families: set[int] = set(OVERHEAD)
        bare = False
        for uplink in uplinks:
            facts = site.facts(uplink.nic.id, uplink.nic.name)
            if facts is None:
                bare = True  # said by nic_there or hosts
                continue
            has = {version for version in OVERHEAD if tunnel_address(facts, version)}
            families &= has or families
            if not has:
                bare = True
                where = site.hypervisor(uplink.nic.id)
                message = f"{facts.name} of {where} has no address for VXLAN to start from."
                fix = f"Give {facts.name} an address on {where}, in the segment's own subnet."
                yield error("nic-address", f"nodes/{uplink.nic.id}", "name", message, fix)
        if not families and not bare:
            message = f"The NICs in {segment_id} have no address family in common."
            fix = "Give all of them IPv4, or all of them IPv6 addresses."
            yield error("segment-family", f"nodes/{segment_id}", "", message, fix)
