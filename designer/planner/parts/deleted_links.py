"""Links that go. Of a veth pair one end is deleted, and the other goes with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.machine.resources import Bridge, Key, Resource, Veth, Vlan, Vxlan
from designer.planner import words
from designer.planner.differing import peer_key
from designer.planner.draft import Draft, Stage
from designer.planner.operations import Operation


def firsts(draft: Draft, keys: set[Key]) -> Iterator[Key]:
    """The keys in the order observed, of two ends of a pair only the first by its key."""
    if not keys:
        return
    for key, there in draft.observed.resources.items():
        if key not in keys:
            continue
        if isinstance(there, Veth):
            other = peer_key(there)
            if other in keys and other < key and _mutual(draft, there):
                continue
        yield key


def _mutual(draft: Draft, veth: Veth) -> bool:
    other = draft.observed.get(peer_key(veth))
    return isinstance(other, Veth) and peer_key(other) == veth.key


def delete(draft: Draft, stage: Stage, key: Key, reason: str) -> None:
    there = draft.observed.resources[key]
    peer = draft.observed.get(peer_key(there)) if isinstance(there, Veth) else None
    draft.stages[stage].append(
        Operation(
            action="delete",
            key=key,
            before=there,
            peer_before=peer if isinstance(peer, Veth) and _mutual(draft, peer) else None,
            reason=reason,
        )
    )


def why_early(draft: Draft, key: Key) -> str:
    one = draft.found.get(key)
    there = draft.observed.resources[key]
    if (one is None or one.kind == "extra") and isinstance(there, Veth):
        one = draft.found.get(peer_key(there)) or one
    text = one.message if one is not None else words.no_longer_wanted(there)
    if isinstance(there, Vlan) and one is not None and one.kind == "extra":
        return f"{text} The VLAN gets another sub-interface, and the kernel has one at a time."
    return f"{text} It must be made anew for that."


def goes_with_namespace(draft: Draft, key: Key) -> bool:
    """Both ends of a pair, or the one link, are inside namespaces that are removed. A pair
    with an end outside is deleted by itself: the kernel empties a namespace in the
    background, and the outer end would still stand there for a while. So would a VLAN
    sub-interface stand in the way of the next one of its card and id."""
    there = draft.observed.resources[key]
    if key[1] not in draft.dying or isinstance(there, Vlan):
        return False
    return not (isinstance(there, Veth) and _mutual(draft, there)) or (
        there.peer_netns in draft.dying
    )


def stage_of(draft: Draft, key: Key) -> Stage:
    return _DELETED_IN[type(draft.observed.resources[key])]


_DELETED_IN: Mapping[type[Resource], Stage] = {
    Veth: Stage.DELETE_VETHS,
    Vlan: Stage.DELETE_VLANS,
    Vxlan: Stage.DELETE_VXLANS,
    Bridge: Stage.DELETE_BRIDGES,
}
