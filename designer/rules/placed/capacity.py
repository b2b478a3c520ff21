"""VMs fit into the hypervisor's memory and processors."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, warning
from designer.rules.site import Site
from designer.topology.document import natural
from designer.topology.kinds import Vm


def capacity(site: Site) -> Iterator[Finding]:
    running: dict[str, list[Vm]] = {}
    for vm in site.design.of_kind(Vm):
        hypervisor = site.hypervisor(vm.id)
        if vm.running and hypervisor is not None and hypervisor in site.inventories:
            running.setdefault(hypervisor, []).append(vm)
    for hypervisor, vms in running.items():
        inventory = site.inventories[hypervisor]
        wanted = sum(vm.memory for vm in vms)
        if inventory.memory and wanted > inventory.memory:
            largest = min(vms, key=lambda vm: (-vm.memory, natural(vm.id)))
            message = f"The VMs on {hypervisor} want {wanted} MiB; it has {inventory.memory} MiB."
            fix = "Give them less memory, switch some off, or place their hosts elsewhere."
            yield error("memory", f"nodes/{largest.id}", "memory", message, fix)
        for vm in vms:
            if inventory.vcpus and vm.vcpus > inventory.vcpus:
                message = f"{vm.id} has {vm.vcpus} vCPUs; {hypervisor} has {inventory.vcpus}."
                fix = f"Give it {inventory.vcpus} or fewer; more only slows it down."
                yield warning("vcpus", f"nodes/{vm.id}", "vcpus", message, fix)
