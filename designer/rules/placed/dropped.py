"""A hypervisor's own packet filter may drop what a lab forwards: no table of the lab's can overrule
it, and nobody but who runs the hypervisor changes it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.state import Inventory
from designer.rules.findings import Finding, listed, warning
from designer.rules.site import Site
from designer.topology.kinds import Bridge, Host, Network

_VERSIONS = {
    "ip": {4},
    "iptables-legacy": {4},
    "ip6": {6},
    "ip6tables-legacy": {6},
    "inet": {4, 6},
    "bridge": set[int](),
}
"""What a chain sees, by the first word of its name in the inventory."""
_OF_IPTABLES = frozenset({
    "ip filter FORWARD",
    "ip6 filter FORWARD",
    "iptables-legacy FORWARD",
    "ip6tables-legacy FORWARD",
})  # fmt: skip
"""libvirt accepts there what its NAT and routed networks forward."""


def dropped(site: Site) -> Iterator[Finding]:
    for network in site.design.of_kind(Network):
        inventory = site.inventory(network.id)
        if inventory is not None and not network.existing:
            yield from _forwarded(network, inventory)
    for host in site.design.of_kind(Host):
        inventory = site.inventory(host.id)
        if inventory is not None:
            yield from _bridged(site, host, inventory)


def _forwarded(network: Network, inventory: Inventory) -> Iterator[Finding]:
    """What goes into a network or out of it."""
    if network.forward == "isolated":
        return
    by_hand = network.forward == "open" or network.forwards
    versions = {6 if ":" in one else 4 for one in network.addresses}
    if not versions:
        versions = {4, 6} if network.ipv6 else {4}
    chains = [
        one
        for one in inventory.dropping
        if _sees(one) & versions and (by_hand or one not in _OF_IPTABLES)
    ]
    if chains:
        message = f"The packet filter of {inventory.name} drops what is forwarded unless a rule of "
        message += (
            f"its own accepts it ({listed(chains)}): little may get into {network.id} or out."
        )
        fix = f"Let who runs {inventory.name} accept it: {_accepting(chains[0], network.name)}."
        yield warning("dropped", f"nodes/{network.id}", "forward", message, fix)


def _accepting(chain: str, bridge: str) -> str:
    """The rules to add, for a bridge or for all that have a name of ours."""
    where, *rest = chain.split(" ")
    if where.endswith("-legacy"):
        rule = f"{where} -I FORWARD -o {bridge or 'tlb+'} -j ACCEPT, and the same with -i"
    else:
        name = bridge or '"tlb*"'
        rule = f"nft insert rule {where} {' '.join(rest)} oifname {name} accept, and the same with "
        rule += "iifname"
    docker = "; with Docker in its chain DOCKER-USER instead of FORWARD"
    return rule + (docker if chain in _OF_IPTABLES else "")


def _bridged(site: Site, host: Host, inventory: Inventory) -> Iterator[Finding]:
    """What crosses the bridges of a host."""
    chains = [
        one for one in inventory.dropping
        if inventory.bridges_call or one.startswith("bridge ")
    ]  # fmt: skip
    crossed = [
        bridge.id
        for bridge in site.design.of_kind(Bridge)
        if bridge.host == host.id and len(list(site.view.linked(bridge.id))) > 1
    ]
    if not chains or not crossed:
        return
    message = f"The packet filter of {inventory.name} is asked about what crosses a bridge, and "
    message += f"drops it unless a rule of its own accepts it ({listed(chains)}): "
    message += f"little but ARP may cross {listed(crossed)}."
    fix = f"Let who runs {inventory.name} set net.bridge.bridge-nf-call-iptables and "
    fix += "bridge-nf-call-ip6tables to 0, or accept there what is bridged."
    if all(one.startswith("bridge ") for one in chains):
        fix = f"Let who runs {inventory.name} accept there what these bridges forward."
    yield warning("dropped", f"nodes/{host.id}", "", message, fix)


def _sees(chain: str) -> set[int]:
    return _VERSIONS.get(chain.partition(" ")[0], set())
