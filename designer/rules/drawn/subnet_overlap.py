"""Subnets of different LANs do not overlap where routing joins them.

One machine cannot tell two such LANs apart, and neither can those behind a router. A router that
masquerades hides what is behind it: LANs on its two sides may overlap with each other's others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.rules.findings import Finding, error
from designer.rules.view import Held, View, overlaps
from designer.topology.kinds import Router


def subnet_overlap(view: View) -> Iterator[Finding]:
    told = set()
    for held in view.held_by_stack.values():
        for one, other in overlaps([one for one in held if one.lan], _lan):
            told |= {one, other}
            yield _finding(one, other, "both on the same machine")
    for held in _joined(view).values():
        for one, other in overlaps(held, _lan):
            if one not in told and other not in told:
                yield _finding(one, other, "and routers join the two LANs")


def _lan(held: Held) -> str:
    return held.lan


def _finding(one: Held, other: Held, where: str) -> Finding:
    message = f"{one.subnet} overlaps with {other.subnet} of {other.holder}, another LAN, {where}."
    fix = "Give each LAN a subnet of its own."
    return error("subnet-overlap", one.ref, "addresses", message, fix)


def _joined(view: View) -> Mapping[str, list[Held]]:
    """Addresses by group of LANs that routers join."""
    parent: dict[str, str] = {}

    def root(lan: str) -> str:
        parent.setdefault(lan, lan)
        while parent[lan] != lan:
            parent[lan] = parent[parent[lan]]
            lan = parent[lan]
        return lan

    for router in view.design.of_kind(Router):
        lans = [
            view.lans.of[one.id]
            for one in view.linked(router.id)
            if one.key not in router.masquerade
        ]
        for lan in lans[1:]:
            parent[root(lan)] = root(lans[0])
    groups: dict[str, list[Held]] = {}
    for lan, held in view.held_by_lan.items():
        if lan in parent:
            groups.setdefault(root(lan), []).extend(held)
    return groups
