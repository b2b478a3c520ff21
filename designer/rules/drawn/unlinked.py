"""What is linked to nothing does nothing; an interface without a link is not even made."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, called, warning
from designer.rules.view import View


def unlinked(view: View) -> Iterator[Finding]:
    design, links_at = view.design, view.links_at
    for node in design.nodes.values():
        interfaces = design.interfaces_of[node.id]
        if node.kind != "host" and not any(one.id in links_at for one in interfaces):
            message = f"The {called(node.kind)} {node.id} is linked to nothing."
            yield warning("unlinked", f"nodes/{node.id}", "", message, "Link it, or take it out.")
        elif node.kind in _CARRY:
            for one in interfaces:
                if one.id not in links_at:
                    message = f"{one.id} is linked to nothing and will not be made."
                    fix = "Link it, or take it out."
                    yield warning("interface-unlinked", f"interfaces/{one.id}", "", message, fix)
    for trunking in view.trunks.values():
        for access in trunking.accesses:
            # One with an address is made all the same: on the host itself.
            if access.vlan is not None and access.far is None and not access.port.addresses:
                message = f"{access.port.id} leads VLAN {access.vlan} nowhere."
                fix = (
                    "Link it to a bridge, container or router, give it an address of the host, or "
                    "take it out."
                )
                ref = f"interfaces/{access.port.id}"
                yield warning("interface-unlinked", ref, "", message, fix)


_CARRY = frozenset({"container", "router", "host"})
"""A VM's card has a rule of its own; a bridge's port without a link is nothing at all."""
