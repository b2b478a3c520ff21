"""A segment joins at least two NICs, unless it is the NICs' own LAN, and no host twice."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed, warning
from designer.rules.view import View
from designer.topology.kinds import Nic, Segment


def segment_nics(view: View) -> Iterator[Finding]:
    for segment in view.design.of_kind(Segment):
        ref = f"nodes/{segment.id}"
        nics: dict[str, Nic] = {}
        for port in view.linked(segment.id):
            for link in view.links_at[port.id]:
                node = view.node(view.far(link, port.id))
                if isinstance(node, Nic):
                    nics[node.id] = node
        if len(nics) == 1 and segment.transport != "plain":
            message = f"{segment.id} joins one NIC only."
            fix = "Link the NIC of another host to it, or take it out."
            yield warning("segment-alone", ref, "", message, fix)
        by_host: dict[str, list[str]] = {}
        for nic in nics.values():
            by_host.setdefault(nic.host, []).append(nic.id)
        for host, ids in by_host.items():
            if len(ids) > 1:
                message = f"{listed(ids)} of {host} are both in {segment.id}."
                fix = "Link one NIC of each host; join bridges of one host by a link."
                yield error("segment-host", ref, "", message, fix)
