"""VLANs of a bridge make sense: on a VLAN-aware one, each once at a port, and someone in them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, called, error, warning
from designer.rules.view import View
from designer.topology.kinds import Bridge

_READ_NO_TAGS = frozenset({"container", "router", "host"})
"""A VM's system may."""


def bridge_vlans(view: View) -> Iterator[Finding]:
    for bridge in view.design.of_kind(Bridge):
        ref = f"nodes/{bridge.id}"
        if bridge.vlan is not None and not bridge.vlan_filtering:
            message = f"{bridge.id} is not VLAN-aware and has no VLANs."
            fix = f"Turn VLAN-aware on at {bridge.id}, or leave it empty."
            yield error("bridge-vlan", ref, "vlan", message, fix)
        elif bridge.vlan_filtering and bridge.vlan is None and (bridge.addresses or bridge.ipv6):
            message = f"Nobody reaches addresses of {bridge.id}: it is in no VLAN itself."
            fix = "Choose the VLAN of its own, or take the addresses out."
            yield warning("bridge-vlan", ref, "vlan", message, fix)
    for id, one in view.aware_ports.items() if view.aware_ports else ():
        ref = f"interfaces/{id}"
        if one.trunk is None and one.pvid is not None and one.pvid in one.tagged:
            message = f"VLAN {one.pvid} passes {id} both untagged and tagged."
            fix = "Keep it as the access VLAN, or among the tagged ones."
            yield error("vlan-both", ref, "tagged", message, fix)
        links = view.links_at.get(id)
        if one.trunk is not None or not links:
            continue
        far = view.far(links[0], id)
        machine = view.node(far)
        what = f"the {called(machine.kind)} {machine.id}"
        if one.pvid is None and not one.tagged and far.id not in view.aware_ports:
            message = f"Nothing passes {id}: {what} is in no VLAN of {one.bridge.id}."
            fix = "Choose its access VLAN."
            yield warning("port-no-vlan", ref, "vlan", message, fix)
        elif machine.kind in _READ_NO_TAGS and one.tagged:
            message = f"Nobody at {what} reads the tags of VLANs that pass {id}."
            fix = "Give it an access VLAN only; one link for each VLAN."
            yield warning("tags-unread", ref, "tagged", message, fix)
