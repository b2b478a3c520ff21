"""What a VM can get while it runs is not less than what it has."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Vm


def vm_reserve(view: View) -> Iterator[Finding]:
    for vm in view.design.of_kind(Vm):
        for field, has, most in (
            ("memory_max", f"{vm.memory} MiB", (vm.memory_max or vm.memory) - vm.memory),
            ("vcpus_max", f"{vm.vcpus} vCPUs", (vm.vcpus_max or vm.vcpus) - vm.vcpus),
        ):
            if most < 0:
                message = f"{vm.id} starts with {has}, which is more than it may have at most."
                fix = "Give it at least that, or leave it empty."
                yield error("vm-reserve", f"nodes/{vm.id}", field, message, fix)
