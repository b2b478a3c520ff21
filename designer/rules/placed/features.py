"""A hypervisor can do what the design asks of it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.state import FEATURES
from designer.rules.findings import Finding, error
from designer.rules.site import Site
from designer.topology.cables import Cable
from designer.topology.kinds import Bridge, Network, Nic, Router
from designer.topology.records import Node


def features(site: Site) -> Iterator[Finding]:
    """Told once for each host and feature, at the first node that needs it."""
    needed: dict[tuple[str, str], list[Node]] = {}
    for node, feature in _needs(site):
        host = site.design.host_of(node.id)
        assert host is not None
        needed.setdefault((host, feature), []).append(node)
    for (_, feature), nodes in needed.items():
        first = min(nodes, key=lambda node: node.id)
        inventory = site.inventory(first.id)
        if inventory is None or inventory.can(feature):
            continue
        more = f" and {len(nodes) - 1} more of its host" if len(nodes) > 1 else ""
        message = f"{inventory.name} lacks {FEATURES[feature]}; {first.id}{more} need it."
        if not more:
            message = message.replace(" need it", " needs it")
        fix = _FIXES.get(feature, "Use a kernel that has it, or place the host elsewhere.")
        yield error("feature-missing", f"nodes/{first.id}", "", message, fix)


_FIXES = {
    "libvirt": "Install and start libvirtd there, or place the host elsewhere.",
    "network": (
        "Install libvirt's network driver and dnsmasq there (libvirt-daemon-driver-network, "
        "dnsmasq-base), or place the host elsewhere."
    ),
    "nftables": (
        "Use a kernel with nftables there, or masquerade, keep apart and forward ports nowhere."
    ),
    "8021q": (
        "Place the host on a hypervisor that has it, build the trunk with a VLAN-aware bridge, or "
        "join the hosts by a segment with vxlan, one for each VLAN."
    ),
    "vlan_filtering": (
        "Place the host on a hypervisor that has them, build the trunk of sub-interfaces, or join "
        "the hosts by a segment with vxlan, one for each VLAN."
    ),
}


def _needs(site: Site) -> Iterator[tuple[Node, str]]:
    nodes = site.design.nodes
    for node in nodes.values():
        if node.kind == "bridge":
            yield node, "bridge"
        elif node.kind in ("container", "router"):
            yield node, "netns"
        elif node.kind == "vm":
            yield node, "libvirt"
        elif node.kind == "network":
            yield node, "libvirt"
            yield node, "network"
        if isinstance(node, Bridge) and node.vlan_filtering:
            yield node, "vlan_filtering"
        if isinstance(node, Router) and (node.masquerade or node.isolate):
            yield node, "nftables"
        if isinstance(node, Network) and node.forwards:
            yield node, "nftables"
    for trunking in site.view.trunks.values():
        if trunking.uplinks and trunking.tagged:
            yield trunking.trunk, "vlan_filtering" if trunking.aware else "8021q"
    for id, cable in site.view.cables.items():
        if cable is Cable.VETH:
            yield site.view.node(site.view.ends(site.design.links[id])[0]), "veth"
    tunnelled = {uplink.nic.id for uplink in site.uplinks() if uplink.segment.transport == "vxlan"}
    for nic in site.design.of_kind(Nic):
        if nic.id in tunnelled:
            yield nic, "vxlan"
