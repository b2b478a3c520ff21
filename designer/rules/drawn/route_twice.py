"""A destination stands once in a node's routes, the default gateway counted in."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Container, Router


def route_twice(view: View) -> Iterator[Finding]:
    for node in view.design.nodes.values():
        if not isinstance(node, Container | Router) or not node.routes:
            continue
        wanted = [(route["to"], route["via"]) for route in node.routes]
        if node.gateway:
            wanted.append(("default", node.gateway))
        seen: set[tuple[str, bool]] = set()
        for to, via in wanted:
            key = ("default" if to in ("0.0.0.0/0", "::/0") else to, ":" in via)
            if key in seen:
                message = f"There are two routes to {to}."
                fix = "Keep one; the default gateway is a route to everything."
                yield error("route-twice", f"nodes/{node.id}", "routes", message, fix)
            seen.add(key)
