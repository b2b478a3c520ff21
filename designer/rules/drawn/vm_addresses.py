"""Nobody sets a VM's addresses from outside, but for its cloud-init."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, warning
from designer.rules.view import View
from designer.topology.kinds import Vm


def vm_addresses(view: View) -> Iterator[Finding]:
    for vm in view.design.of_kind(Vm):
        for card in view.design.interfaces_of[vm.id]:
            if card.addresses and not vm.cloud_init:
                message = f"Addresses of {card.id} are not set: the system in the VM does that."
                fix = "Turn Cloud-init on, or set them in the guest yourself."
                ref = f"interfaces/{card.id}"
                yield warning("vm-addresses", ref, "addresses", message, fix)
