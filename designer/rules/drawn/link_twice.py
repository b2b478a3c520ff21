"""An interface takes one link."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View


def link_twice(view: View) -> Iterator[Finding]:
    for id, links in view.links_at.items():
        if len(links) > 1:
            message = f"{id} has {len(links)} links: {listed(link.id for link in links)}."
            fix = "Keep one; give each other link an interface of its own."
            yield error("link-twice", f"interfaces/{id}", "", message, fix)
