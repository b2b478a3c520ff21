"""A network that the hypervisor is to have already is there, active, and nobody's."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.kinds import Network


def networks_there(site: Site) -> Iterator[Finding]:
    for network in site.design.of_kind(Network):
        inventory = site.inventory(network.id)
        if not network.existing or inventory is None:
            continue
        name, there = network.existing, inventory.network(network.existing)
        message = fix = ""
        if there is None:
            message = f"{inventory.name} has no libvirt network {name}."
            usable = [
                one.name
                for one in inventory.networks
                if one.active and one.bridge and not one.owner
            ]
            fix = f"It has {listed(usable)}." if usable else "It has none that could be used."
            fix += " Or draw a network of the lab's own."
        elif there.owner is not None:
            message = f"The network {name} of {inventory.name} is one that a lab made."
            fix = "Draw a network of this lab's own."
        elif not there.active:
            message = f"The network {name} of {inventory.name} is not active."
            fix = f"Start it there (virsh net-start {name}), or draw a network of the lab's own."
        elif not there.bridge:
            message = f"The network {name} of {inventory.name} has no bridge to plug into."
            fix = "Choose another of its networks, or draw one of the lab's own."
        if message:
            yield error("network-missing", f"nodes/{network.id}", "existing", message, fix)
