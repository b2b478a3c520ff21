"""A NIC names the card that it is, and a card is used in one way."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.kinds import Nic


def nic_device(view: View) -> Iterator[Finding]:
    tunnels: dict[str, list[str]] = {}
    for segment_id, uplinks in view.uplinks.items():
        for uplink in uplinks:
            if uplink.segment.transport == "vxlan":
                tunnels.setdefault(uplink.nic.id, []).append(segment_id)
    drawn: dict[tuple[str, str], list[Nic]] = {}
    for nic in view.design.of_kind(Nic):
        if nic.name:
            drawn.setdefault((nic.host, nic.name), []).append(nic)
            continue
        message = f"{nic.id} does not say which card it is."
        fix = "Name the card as the hypervisor does, such as eth1."
        yield error("nic-name", f"nodes/{nic.id}", "name", message, fix)
    for (host, name), nics in drawn.items():
        # Several VXLAN segments may share a card; as a bridge's port it can be one bridge's only.
        if len(nics) > 1 and not all(nic.id in tunnels for nic in nics):
            for nic in nics:
                others = listed(other.id for other in nics if other is not nic)
                message = f"{name} of {host} is drawn as {others}, too."
                fix = (
                    "Draw a card once: it carries one trunk or bridges, not both. Only VXLAN "
                    "segments can share it."
                )
                yield error("nic-twice", f"nodes/{nic.id}", "name", message, fix)
