"""Names of interfaces that the design puts among the hypervisor's own are free there."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site


def names_taken(site: Site) -> Iterator[Finding]:
    named = [(f"nodes/{one.id}", one.id, one.name) for one in site.view.switches]
    named += [
        (f"interfaces/{one.id}", one.node, one.name)
        for one in site.design.interfaces.values()
        if one.id in site.view.links_at and site.view.node(one).kind in ("host", "bridge")
    ]
    for trunking in site.view.trunks.values():
        for access in trunking.accesses:
            if access.far is None or access.bridge is not None:
                name, port = trunking.sub_interface(access), access.port
                named.append((f"interfaces/{port.id}", port.node, name))
    generated = "Choose another name, or none: one is generated."
    of_port = "Give the trunk's port a name that is free there."
    wanted: dict[tuple[str, str], list[tuple[str, str]]] = {}
    links = {
        name: frozenset((*one.links, *(network.bridge for network in one.networks)))
        for name, one in site.inventories.items()
    }  # the bridge of a libvirt network that is not active is none of the links
    for ref, node_id, name in named:
        hypervisor = site.hypervisor(node_id)
        if not name or hypervisor is None or hypervisor not in site.inventories:
            continue
        host = site.design.host_of(node_id)
        assert host is not None
        wanted.setdefault((hypervisor, name), []).append((ref, host))
        if name in links[hypervisor] and not site.is_free(hypervisor, name):
            message = f"{hypervisor} has an interface {name} that is not this lab's."
            fix = of_port if site.design.nodes[node_id].kind == "trunk" else generated
            yield error("name-taken", ref, "name", message, fix)
    for (hypervisor, name), places in wanted.items():
        hosts = {host for _, host in places}
        for ref, host in places if len(hosts) > 1 else ():
            others = listed(hosts - {host})
            message = f"{others} on {hypervisor}, too, has an interface {name}."
            fix = "Choose another name, or place the hosts on different hypervisors."
            yield error("name-shared", ref, "name", message, fix)
