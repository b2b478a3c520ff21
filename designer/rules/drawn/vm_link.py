"""A VM's card is plugged into a bridge or a network."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Vm


def vm_link(view: View) -> Iterator[Finding]:
    for vm in view.design.of_kind(Vm):
        for card in view.design.interfaces_of[vm.id]:
            if card.id not in view.links_at:
                message = f"{card.id} is not linked to a bridge or network."
                fix = "Link it to a bridge or network of its host, or take it out."
                yield error("vm-link", f"interfaces/{card.id}", "", message, fix)
