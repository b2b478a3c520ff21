"""VMs fit into the hypervisor's memory, processors and disk, beside those of other labs.

A VM that is off counts as well: it can be started at any time.
"""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.images import ROLES, shown_size
from designer.machine.state import Inventory
from designer.rules.findings import Finding, error, warning
from designer.rules.loads import NOTHING
from designer.rules.site import Site
from designer.topology.document import natural
from designer.topology.kinds import Vm

OVERCOMMIT = 16
"""vCPUs for each of the hypervisor's own: as many as OpenStack's scheduler gives by default
(nova.conf, initial_cpu_allocation_ratio)."""
_MIB = 1 << 20
_ELSEWHERE = "or place their hosts elsewhere."


def capacity(site: Site) -> Iterator[Finding]:
    there: dict[str, list[Vm]] = {}
    for vm in site.design.of_kind(Vm):
        hypervisor = site.hypervisor(vm.id)
        if hypervisor is not None and hypervisor in site.inventories:
            there.setdefault(hypervisor, []).append(vm)
    for hypervisor, vms in there.items():
        inventory = site.inventories[hypervisor]
        yield from _memory(site, inventory, vms)
        yield from _vcpus(site, inventory, vms)
        yield from _disk(site, inventory, vms)


def _memory(site: Site, inventory: Inventory, vms: list[Vm]) -> Iterator[Finding]:
    wanted = site.load(vms).memory
    others = site.room.taken.get(inventory.name, NOTHING).memory
    if inventory.memory and wanted + others > inventory.memory:
        have = f", other labs have {others} MiB of it" if others else ""
        message = (
            f"The VMs on {inventory.name} want {wanted} MiB; it has {inventory.memory} MiB{have}."
        )
        largest = min(vms, key=lambda vm: (-vm.memory, natural(vm.id)))
        fix = f"Give them less memory, {_ELSEWHERE}"
        yield error("memory", f"nodes/{largest.id}", "memory", message, fix)


def _vcpus(site: Site, inventory: Inventory, vms: list[Vm]) -> Iterator[Finding]:
    if not inventory.vcpus:
        return
    wanted = site.load(vms).vcpus
    others = site.room.taken.get(inventory.name, NOTHING).vcpus
    most = inventory.vcpus * OVERCOMMIT
    if wanted + others > most:
        have = f", other labs have {others} of them" if others else ""
        message = (
            f"The VMs on {inventory.name} want {wanted} vCPUs; it gives {most}, {OVERCOMMIT} for "
            f"each of its processors{have}."
        )
        largest = min(vms, key=lambda vm: (-vm.vcpus, natural(vm.id)))
        fix = f"Give them fewer, {_ELSEWHERE}"
        yield error("vcpus-total", f"nodes/{largest.id}", "vcpus", message, fix)
    for vm in vms:
        if vm.vcpus > inventory.vcpus:
            message = f"{vm.id} has {vm.vcpus} vCPUs; {inventory.name} has {inventory.vcpus}."
            fix = f"Give it {inventory.vcpus} or fewer; more only slows it down."
            yield warning("vcpus", f"nodes/{vm.id}", "vcpus", message, fix)


def _disk(site: Site, inventory: Inventory, vms: list[Vm]) -> Iterator[Finding]:
    """What has to be copied there must fit; disks that grow are only warned of."""
    if inventory.disk_free is None:
        return
    free = inventory.disk_free * _MIB
    copies = {
        image.sha256: (image.size, vm.id)
        for vm in vms
        for role in ROLES
        if (image := site.library.get(getattr(vm, role))) is not None
        and image.sha256 not in inventory.library
    }
    wanted = sum(size for size, _ in copies.values())
    if wanted > free:
        _, largest = max(copies.values())
        message = (
            f"{shown_size(wanted)} of images are to be copied to {inventory.name}, which has "
            f"{shown_size(free)} of disk left."
        )
        fix = f"Make room there, use smaller images, {_ELSEWHERE}"
        yield error("disk-space", f"nodes/{largest}", "disk", message, fix)
        return
    grown = site.load(vms).disk
    if grown > free:
        message = (
            f"The disks of the VMs on {inventory.name} can grow to {shown_size(grown)}; it has "
            f"{shown_size(free)} left."
        )
        largest = max(vms, key=lambda vm: (site.load([vm]).disk, vm.id)).id
        fix = f"Make room there before they grow, {_ELSEWHERE}"
        yield warning("disk-growth", f"nodes/{largest}", "disk", message, fix)
