"""Links that must go before others are made: an option that only a new one can have, or
something in the way."""

from __future__ import annotations

from designer.machine.resources import Key, Network, Veth, Vlan
from designer.planner.comparing import must_replace
from designer.planner.differing import owner_of, peer_key
from designer.planner.draft import Draft


def find(draft: Draft) -> None:
    """Fill ``early``: links that must go before others are made, with their other ends."""
    for key, one in draft.found.items():
        if key[0] != "link" or one.kind in ("foreign", "extra"):
            continue
        wanted = draft.desired.resources[key]
        if one.kind == "changed" and must_replace(wanted, one.fields):
            _goes_early(draft, key)
        elif one.kind == "missing" and isinstance(wanted, Veth):
            other = draft.found.get(peer_key(wanted))
            if peer_key(wanted) in draft.observed.resources and not (
                other and other.kind == "foreign"
            ):
                _goes_early(draft, peer_key(wanted))
    _find_moved_vlans(draft)
    _find_claimed_by_networks(draft)


def _find_claimed_by_networks(draft: Draft) -> None:
    """A bridge, or whatever else, whose name libvirt is to give to a network's bridge."""
    for key, one in draft.found.items():
        wanted = draft.desired.get(key)
        if isinstance(wanted, Network) and one.kind != "foreign":
            other: Key = ("link", "", wanted.bridge)
            if other in draft.late:
                _goes_early(draft, other)


def _find_moved_vlans(draft: Draft) -> None:
    """A VLAN of a card that gets another sub-interface: the kernel has one at a time."""
    gone: dict[tuple[str, int], Key] = {}
    for key in draft.late:
        there = draft.observed.resources[key]
        if isinstance(there, Vlan):
            gone[there.device, there.vid] = key
    if not gone:
        return
    for key, one in draft.found.items():
        wanted = draft.desired.get(key)
        if isinstance(wanted, Vlan) and one.kind != "foreign" and draft.is_new(key, one):
            old = gone.get((wanted.device, wanted.vid))
            if old is not None:
                draft.early.add(old)


def _goes_early(draft: Draft, key: Key) -> None:
    draft.early.add(key)
    there = draft.observed.resources[key]
    if isinstance(there, Veth):
        other = draft.observed.get(peer_key(there))
        if isinstance(other, Veth) and owner_of(other, draft.observed) == draft.lab:
            draft.early.add(other.key)
