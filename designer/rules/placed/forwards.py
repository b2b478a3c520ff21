"""A port that is forwarded is free on the hypervisor: nobody listens there, and no other host of
the lab forwards it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.drawn.forwards import called_port
from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.kinds import Network


def forwards(site: Site) -> Iterator[Finding]:
    shared: dict[tuple[str, str, int], list[Network]] = {}
    for network in site.design.of_kind(Network):
        inventory = site.inventory(network.id)
        if inventory is None or network.existing:
            continue
        for one in network.forwards:
            protocol, port = one["protocol"], one["port"]
            shared.setdefault((inventory.name, protocol, port), []).append(network)
            if f"{protocol}/{port}" in inventory.listening:
                message = f"Somebody listens on the {called_port(protocol, port)} of "
                message += f"{inventory.name}, and would not be reached any more."
                fix = "Forward another port, or stop what listens there."
                yield error("forward-taken", f"nodes/{network.id}", "forwards", message, fix)
    for (hypervisor, protocol, port), networks in shared.items():
        if len({one.host for one in networks}) < 2:
            continue
        for network in networks:
            others = listed(one.id for one in networks if one.host != network.host)
            message = f"{called_port(protocol, port)} is forwarded by {others}, too, and both "
            message += f"hosts are on {hypervisor}."
            fix = "Choose another port, or place the hosts on different hypervisors."
            yield error("forward-shared", f"nodes/{network.id}", "forwards", message, fix)
