"""A link leads from one node to another."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View


def link_self(view: View) -> Iterator[Finding]:
    for id, link in view.design.links.items():
        near, far = view.ends(link)
        if near.node == far.node:
            message = f"The link joins {near.node} to itself."
            fix = "Take it out, or put its other end on another node."
            yield error("link-self", f"links/{id}", "", message, fix)
