"""The files that VMs boot from are in the hypervisor's image folder."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.kinds import Vm


def images(site: Site) -> Iterator[Finding]:
    for vm in site.design.of_kind(Vm):
        inventory = site.inventory(vm.id)
        if inventory is None:
            continue
        for field in ("kernel", "initrd", "disk"):
            name = getattr(vm, field)
            if name and name not in inventory.images:
                message = f"{inventory.name} has no image {name}."
                fix = (
                    f"Use one of {listed(inventory.images)}, or put it into its image folder."
                    if inventory.images
                    else "Put it into its image folder, which is empty."
                )
                yield error("image-missing", f"nodes/{vm.id}", field, message, fix)
