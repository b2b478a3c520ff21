"""A router masquerades out of interfaces that it has, and keeps such apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.kinds import Router


def router_masquerade(view: View) -> Iterator[Finding]:
    for router in view.design.of_kind(Router):
        linked = {one.key: one for one in view.linked(router.id)}
        for key in router.masquerade:
            ref = f"nodes/{router.id}"
            if key not in linked:
                message = f"{router.id} has no linked interface {key}."
                fix = f"Name one that it has: {listed(linked)}." if linked else "Link one first."
                yield error("router-masquerade", ref, "masquerade", message, fix)
            elif not any("." in address for address in linked[key].addresses):
                message = f"{router.id}:{key} has no IPv4 address to hide others behind."
                fix = f"Give {router.id}:{key} an address."
                yield error("router-masquerade", ref, "masquerade", message, fix)
        yield from _isolate(router, linked)


def _isolate(router: Router, linked: Collection[str]) -> Iterator[Finding]:
    ref = f"nodes/{router.id}"
    for key in router.isolate:
        if key not in linked:
            message = f"{router.id} has no linked interface {key}."
            fix = f"Name one that it has: {listed(linked)}." if linked else "Link one first."
            yield error("router-isolate", ref, "isolate", message, fix)
    if len(router.isolate) == 1:
        message = f"{router.isolate[0]} alone is kept apart from nothing."
        fix = "Name two interfaces or more, or none."
        yield error("router-isolate", ref, "isolate", message, fix)
