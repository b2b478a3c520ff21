"""What VMs boot from is in the team's library, or in the hypervisor's own image folder.

An image of another team is missing like one that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.machine.images import ROLES, shown_size
from designer.rules.findings import Finding, error, listed
from designer.rules.loads import GIB
from designer.rules.site import Site
from designer.topology.kinds import Vm

_ROLES: Mapping[str, str] = {
    "disk": "a disk",
    "kernel": "a kernel",
    "initrd": "an initial RAM disk",
}


def images(site: Site) -> Iterator[Finding]:
    for vm in site.design.of_kind(Vm):
        inventory = site.inventory(vm.id)
        if inventory is None:
            continue
        for field in ROLES:
            name = getattr(vm, field)
            image = site.library.get(name)
            if image is not None and image.role != field:
                message = f"The image {name} of the library is {_ROLES[image.role]}."
                fix = f"Use {_ROLES[field]}, or upload it once more as {_ROLES[field]}."
                yield error("image-role", f"nodes/{vm.id}", field, message, fix)
            elif image is not None and 0 < (vm.disk_size or 0) * GIB < image.virtual_size:
                least = -(-image.virtual_size // GIB)
                message = f"The disk in {name} has {shown_size(image.virtual_size)} already."
                fix = f"Give the VM's disk at least {least} GiB, or leave its size empty."
                yield error("disk-size", f"nodes/{vm.id}", "disk_size", message, fix)
            elif name and image is None and name not in inventory.images:
                message = f"Neither the team's library nor {inventory.name} has an image {name}."
                yield error(
                    "image-missing", f"nodes/{vm.id}", field, message, _fix(site, vm, field)
                )


def _fix(site: Site, vm: Vm, field: str) -> str:
    inventory = site.inventory(vm.id)
    there = inventory.images if inventory else ()
    fitting = {*there, *(one.name for one in site.library.values() if one.role == field)}
    use = f"Use one of {listed(fitting)}, or upload" if fitting else "Upload"
    return f"{use} it to the library under Images."
