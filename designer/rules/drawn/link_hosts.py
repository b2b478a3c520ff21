"""A cable stays within a host; only a segment leads to another."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.cables import Cable


def link_hosts(view: View) -> Iterator[Finding]:
    host_of = view.design.host_of
    for id, cable in view.cables.items():
        if cable is None or cable is Cable.WIRE:
            continue  # link_ends; and a wire may lead anywhere
        near, far = view.ends(view.design.links[id])
        here, there = host_of(near.node), host_of(far.node)
        if here is not None and there is not None and here != there:
            message = f"{near.node} is on host {here}, {far.node} on host {there}."
            fix = (
                "Give both hosts a NIC, link the NICs to one segment, and link each to a bridge "
                "of its host."
            )
            yield error("link-hosts", f"links/{id}", "", message, fix)
