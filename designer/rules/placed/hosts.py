"""Every host that carries something is placed on a hypervisor that is known."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.kinds import Host


def hosts(site: Site) -> Iterator[Finding]:
    known = listed(site.inventories)
    choose = f"Choose one of {known}." if known else "Register a hypervisor first."
    for host in site.design.of_kind(Host):
        ref = f"nodes/{host.id}"
        hypervisor = site.placement.get(host.id)
        if hypervisor is None:
            message = f"Host {host.id} is not placed on a hypervisor."
            yield error("host-unplaced", ref, "", message, choose)
        elif hypervisor not in site.inventories:
            message = f"Host {host.id} is placed on {hypervisor}, which is not known."
            yield error("hypervisor-unknown", ref, "", message, choose)
