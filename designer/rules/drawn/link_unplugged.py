"""A cable that cannot be unplugged stays plugged in."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.plugging import why_not


def link_unplugged(view: View) -> Iterator[Finding]:
    for link in view.design.links.values():
        if not link.plugged and (words := why_not(view.design, view.cables, link)):
            message = f"This cable cannot be unplugged. {words}"
            fix = "Plug it in, or take the cable out."
            yield error("link-unplugged", f"links/{link.id}", "plugged", message, fix)
