"""Nobody sets a VM's addresses from outside."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, warning
from designer.rules.view import View
from designer.topology.kinds import Vm


def vm_addresses(view: View) -> Iterator[Finding]:
    for vm in view.design.of_kind(Vm):
        for card in view.design.interfaces_of[vm.id]:
            if card.addresses:
                message = f"Addresses of {card.id} are not set: the system in the VM does that."
                fix = "Leave them empty, and set them in the guest or on its kernel command line."
                ref = f"interfaces/{card.id}"
                yield warning("vm-addresses", ref, "addresses", message, fix)
