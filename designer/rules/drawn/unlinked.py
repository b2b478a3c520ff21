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


_CARRY = frozenset({"container", "router", "host"})
"""A VM's card has a rule of its own; a port without a link is nothing at all."""
