"""Routes, and those that the kernel drops with an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.machine.resources import Route
from designer.planner.draft import Draft, Stage
from designer.planner.parts.near import Near


def sort(draft: Draft, removed: Mapping[str, Sequence[str]]) -> None:
    """``removed`` are the addresses that go away, by namespace."""
    routed = {one.netns for one in draft.desired.of_type(Route)}
    for one, wanted, there in draft.differing("route"):
        if there is not None and there.key[1] not in draft.dying:
            draft.delete(Stage.DELETE_ROUTES, there, one.message)
        if wanted is not None:
            draft.create(Stage.ROUTES, wanted, one.message)
    if not removed:
        return
    near = {netns: Near(found) for netns, found in removed.items() if netns in routed}
    for key, wanted in draft.desired.resources.items():
        if not isinstance(wanted, Route) or key in draft.found or wanted.netns not in near:
            continue
        address = near[wanted.netns].address_of(wanted.via)
        if address is not None:
            reason = f"The kernel drops it when the address {address} goes."
            draft.delete(Stage.DELETE_ROUTES, draft.observed.resources[key], reason)
            draft.create(Stage.ROUTES, wanted, f"{reason} It is put back.")
