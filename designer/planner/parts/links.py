"""Links: those that go early, those that are made, those that change, those that go late."""

from __future__ import annotations

from collections.abc import Mapping

from designer.machine.resources import Bridge, Key, Physical, Resource, Veth, Vlan, Vxlan
from designer.planner import words
from designer.planner.differing import peer_key
from designer.planner.draft import Draft, Stage
from designer.planner.operations import Operation
from designer.planner.parts import changed_links, deleted_links, replaced


def sort(draft: Draft) -> None:
    replaced.find(draft)
    for key in deleted_links.firsts(draft, draft.early):
        deleted_links.delete(draft, Stage.DELETE_REPLACED, key, deleted_links.why_early(draft, key))
    lost = {key for key in draft.early if isinstance(draft.observed.resources[key], Bridge)}
    lost |= {("link", "", bridge) for bridge in draft.restarted}
    for key, one in draft.found.items():
        wanted = draft.desired.get(key)
        if key[0] != "link" or one.kind == "foreign":
            continue
        if one.kind == "extra":
            there = draft.observed.resources[key]
            if isinstance(there, Physical):
                changed_links.put_card_back(draft, there, one.message)
        elif wanted is not None and type(wanted) in _MADE_IN and draft.is_new(key, one):
            draft.create(_MADE_IN[type(wanted)], wanted, one.message)
    _veths(draft)
    changed_links.sort(draft, lost)
    for key in deleted_links.firsts(draft, draft.late - draft.early):
        if not deleted_links.goes_with_namespace(draft, key):
            deleted_links.delete(
                draft, deleted_links.stage_of(draft, key), key, draft.found[key].message
            )


def _veths(draft: Draft) -> None:
    """One operation for each pair, on the end that comes first by (namespace, name)."""
    made: set[Key] = set()
    # An end that goes early can be one that differs in nothing itself.
    for key in (*draft.found, *draft.early):
        wanted = draft.desired.get(key)
        if not isinstance(wanted, Veth) or key in made:
            continue
        one = draft.found.get(key)
        if key not in draft.early and (one is None or one.kind != "missing"):
            continue
        other = draft.desired.get(peer_key(wanted))
        made |= {key, peer_key(wanted)}
        if any(draft.is_foreign(end) for end in (key, peer_key(wanted))):
            continue
        first, second = wanted, other if isinstance(other, Veth) else None
        if second is not None and second.key < first.key:
            first, second = second, first
        draft.stages[Stage.VETHS].append(
            Operation(
                action="create",
                key=first.key,
                after=first,
                peer_after=second,
                reason=one.message if one and one.kind == "changed" else words.missing(first),
            )
        )


_MADE_IN: Mapping[type[Resource], Stage] = {
    Bridge: Stage.BRIDGES,
    Vxlan: Stage.VXLANS,
    Vlan: Stage.VLANS,
}
