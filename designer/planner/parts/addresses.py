"""Addresses, and what the kernel drops with one that goes though the design wants it."""

from __future__ import annotations

from collections import defaultdict

from designer.machine.resources import Address, Key, Route
from designer.planner.draft import Draft, Stage
from designer.planner.parts.near import Near, ip_of


def sort(draft: Draft) -> dict[str, list[str]]:
    """Returns the addresses that go away, by namespace."""
    routed = {one.netns for one in draft.desired.of_type(Route)}
    wanted_ips = {(one.netns, ip_of(one)) for one in draft.desired.of_type(Address)}
    removed: dict[str, list[str]] = defaultdict(list)
    touched: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one, wanted, there in draft.differing("address"):
        if wanted is not None:
            draft.create(Stage.ADDRESSES, wanted, one.message)
            continue
        assert isinstance(there, Address)
        link: Key = ("link", there.netns, there.link)
        if there.netns in draft.dying or link in draft.early:
            continue
        needed = (there.netns, ip_of(there)) in wanted_ips or there.netns in routed
        if link in draft.late and not needed:
            continue
        draft.delete(Stage.DELETE_ADDRESSES, there, one.message)
        removed[there.netns].append(there.address)
        touched[there.netns, there.link].append(there.address)
    if draft.early or touched:
        _put_back(draft, removed, touched)
    return removed


def _put_back(
    draft: Draft, removed: dict[str, list[str]], touched: dict[tuple[str, str], list[str]]
) -> None:
    """Addresses that the design keeps and the kernel drops: those on links that are made
    anew, and IPv4 secondaries of a primary that goes (fib_frontend, promote_secondaries)."""
    near = {place: Near(gone) for place, gone in touched.items()}
    for key, there in draft.observed.resources.items():
        if not isinstance(there, Address):
            continue
        if ("link", there.netns, there.link) in draft.early:
            removed[there.netns].append(there.address)
            wanted = draft.desired.get(key)
            if wanted is not None and key not in draft.found:
                reason = f"{there.link} is made anew, and the design gives it this address."
                draft.create(Stage.ADDRESSES, wanted, reason)
            continue
        neighbours = near.get((there.netns, there.link))
        if neighbours is None or key in draft.found or key not in draft.desired.resources:
            continue
        primary = None if ":" in there.address else neighbours.address_of(ip_of(there))
        if primary is not None:
            reason = f"The kernel drops it when its primary address {primary} goes."
            draft.delete(Stage.DELETE_ADDRESSES, there, reason)
            again = draft.desired.resources[key]
            draft.create(Stage.ADDRESSES, again, f"{reason} It is put back.")
