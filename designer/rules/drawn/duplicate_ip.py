"""An IP address answers once in a LAN, and stands once in a routing table."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.subnets import ip_text
from designer.rules.view import Held, View


def duplicate_ip(view: View) -> Iterator[Finding]:
    clashes: dict[Held, set[Held]] = {}
    for groups in (view.held_by_lan, view.held_by_stack):
        for held in groups.values():
            by_ip: dict[tuple[int, int], list[Held]] = {}
            for one in held:
                by_ip.setdefault(one.ip, []).append(one)
            for same in by_ip.values():
                if len(same) > 1:
                    for one in same:
                        clashes.setdefault(one, set()).update(same)
    for one, same_ones in clashes.items():
        others = {other.holder for other in same_ones if other.holder != one.holder}
        if others:
            where = "in the same LAN" if _one_lan(one, same_ones) else "on the same machine"
            message = f"{ip_text(*one.ip)} is also at {listed(others)}, {where}."
            fix = "Give each an address of its own."
            yield error("duplicate-ip", one.ref, "addresses", message, fix)


def _one_lan(one: Held, others: set[Held]) -> bool:
    return bool(one.lan) and any(
        other.lan == one.lan for other in others if other.holder != one.holder
    )
