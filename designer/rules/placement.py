"""Placement: which hypervisor carries which host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from designer.machine.state import Inventory
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Host, Network, Nic, Router, Trunk, Vm
from designer.topology.kinds.trunk import VLAN_AWARE

VLANS = ("8021q", "vlan_filtering")


def suggest(
    design: Design,
    inventories: Mapping[str, Inventory],
    *,
    chosen: Mapping[str, str] | None = None,
    away: Collection[str] = (),
) -> dict[str, str]:
    """A hypervisor for each host that is not in ``chosen`` (hosts that stay where they are).
    Empty where there is no hypervisor.

    ``inventories`` come in the order in which they are to be taken where nothing else tells them
    apart. Hosts with trunks come first, on hypervisors that can carry VLANs, one to each; the
    others go to one hypervisor after the other, to those without VLANs before the rest, so that
    these stay free for trunks. Hypervisors that lack least of what a host needs are preferred;
    those that are ``away`` get a host only where all are.
    """
    chosen = chosen or {}
    needs = _needs(design)
    trunked = {trunk.host for trunk in design.of_kind(Trunk)}
    hosts = sorted(
        (host.id for host in design.of_kind(Host) if host.id not in chosen),
        key=lambda host: (host not in trunked, natural(host)),
    )
    load = Counter(chosen.values())
    taken = {hypervisor for host, hypervisor in chosen.items() if host in trunked}
    at = {name: index for index, name in enumerate(inventories)}
    found: dict[str, str] = {}

    def order(host: str, name: str) -> tuple[int, ...]:
        lacks = _lacks(needs.get(host, frozenset()), inventories[name])
        if host in trunked:
            return name in away, name in taken, lacks, load[name], at[name]
        can_vlans = any(inventories[name].can(feature) for feature in VLANS)
        return name in away, lacks, load[name], can_vlans, at[name]

    for host in hosts if inventories else ():
        best = min(inventories, key=lambda name: order(host, name))
        found[host] = best
        load[best] += 1
        if host in trunked:
            taken.add(best)
    return {host: found[host] for host in sorted(found, key=natural)}


Need = tuple[str, str]
"""("feature", name), ("card", device) or ("network", name)."""


def _needs(design: Design) -> Mapping[str, frozenset[Need]]:
    """What not every hypervisor has, by host."""
    found: dict[str, set[Need]] = {}
    for node in design.nodes.values():
        need: Need | None = None
        if isinstance(node, Trunk):
            need = "feature", "vlan_filtering" if node.mode == VLAN_AWARE else "8021q"
        elif isinstance(node, Bridge) and node.vlan_filtering:
            need = "feature", "vlan_filtering"
        elif isinstance(node, Vm):
            need = "feature", "libvirt"
        elif isinstance(node, Network):
            need = ("network", node.existing) if node.existing else ("feature", "network")
        elif isinstance(node, Router) and (node.masquerade or node.isolate):
            need = "feature", "nftables"
        elif isinstance(node, Nic) and node.name:
            need = "card", node.name
        if need is not None and node.host_id is not None:
            found.setdefault(node.host_id, set()).add(need)
        if isinstance(node, Network) and node.forwards:
            found.setdefault(node.host, set()).add(("feature", "nftables"))
    return {host: frozenset(needs) for host, needs in found.items()}


def _lacks(needs: frozenset[Need], inventory: Inventory) -> int:
    """How many of the needs a hypervisor does not meet."""
    usable = {nic.name for nic in inventory.nics if not nic.protected}
    has = {
        "card": usable.__contains__,
        "network": inventory.network,
        "feature": inventory.can,
    }
    return sum(not has[what](name) for what, name in needs)
