"""A VM boots something: a kernel, or a disk."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Vm


def vm_boot(view: View) -> Iterator[Finding]:
    for vm in view.design.of_kind(Vm):
        ref = f"nodes/{vm.id}"
        if not vm.kernel and not vm.disk:
            message = f"{vm.id} has neither a kernel nor a disk to boot."
            fix = "Name a kernel file or a disk image of the hypervisor's image folder."
            yield error("vm-boot", ref, "kernel", message, fix)
        for field, value in (("initrd", vm.initrd), ("cmdline", vm.cmdline)):
            if value and not vm.kernel:
                message = f"{vm.id} has no kernel that the {_CALLED[field]} could go with."
                fix = f"Name the kernel, or leave the {_CALLED[field]} empty: a disk has its own."
                yield error("vm-kernel", ref, field, message, fix)


_CALLED = {"initrd": "initial RAM disk", "cmdline": "kernel command line"}
