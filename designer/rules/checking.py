"""The two entries: check a design, and check it against hypervisors."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from designer.machine.images import LibraryImage
from designer.machine.state import Inventory
from designer.rules import drawn, placed
from designer.rules.findings import Finding, in_order
from designer.rules.garbage import uncollected
from designer.rules.loads import Room
from designer.rules.site import Site
from designer.rules.view import view_of
from designer.topology.design import Design


def check(design: Design) -> tuple[Finding, ...]:
    """What is wrong with a design in itself, errors first."""
    view = view_of(design)
    with uncollected():
        found = list(check_structure(design))
        for rule in drawn.RULES[len(drawn.STRUCTURE) :]:
            found += rule(view)
    return in_order(found)


def check_structure(design: Design) -> tuple[Finding, ...]:
    """What keeps a design from being built at all, in no order; looked for once in each design."""
    kept: tuple[Finding, ...] | None = design.__dict__.get("_structure")
    if kept is None:
        view = view_of(design)
        kept = tuple(finding for rule in drawn.STRUCTURE for finding in rule(view))
        design.__dict__["_structure"] = kept
    return kept


def check_against(
    design: Design,
    placement: Mapping[str, str],
    inventories: Mapping[str, Inventory],
    *,
    free_names: Mapping[str, Collection[str]] | None = None,
    free_subnets: Mapping[str, Collection[str]] | None = None,
    library: Mapping[str, LibraryImage] | None = None,
    room: Room | None = None,
) -> tuple[Finding, ...]:
    """What keeps a design from running where it is placed, errors first.

    ``placement`` gives the hypervisor of each host, by host id. An inventory shows what the lab
    itself has there from its last deployment, too: by hypervisor, ``free_names`` are the names of
    interfaces and ``free_subnets`` the prefixes that are the lab's own and so are not taken (see
    :func:`designer.rules.site.own_of`). ``library`` has the images of the lab's team by name,
    ``room`` what others leave of hypervisors and quota.
    """
    site = Site(
        view_of(design),
        placement,
        inventories,
        free_names=free_names,
        free_subnets=free_subnets,
        library=library,
        room=room,
    )
    with uncollected():
        return in_order(finding for rule in placed.RULES for finding in rule(site))
