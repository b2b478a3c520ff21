"""Which operations of a plan can cut the hypervisor off: those on a card that holds its addresses,
and on the bridge that these are on. They are confirmed over the new way, or taken back
(:mod:`tasks.agent.guard`).
"""

from __future__ import annotations

from collections.abc import Sequence

from designer.machine.resources import Address, Bridge, Physical
from designer.machine.state import MachineState
from designer.planner.moving import held_with
from designer.planner.operations import Operation


def guarded(operations: Sequence[Operation], observed: MachineState, lab: str) -> dict[int, str]:
    """The card that is concerned, by the operation's place in the plan."""
    cards = _cards(operations, observed, lab)
    if not cards:
        return {}
    found: dict[int, str] = {}
    for place, one in enumerate(operations):
        card = _card_of(one, cards)
        if card is not None:
            found[place] = card
    return found


def _cards(operations: Sequence[Operation], observed: MachineState, lab: str) -> dict[str, str]:
    """The card by each link that what it holds is on, or will be: itself and bridges."""
    found: dict[str, str] = {}
    for card in observed.of_type(Physical):
        held = held_with(card, card.master, observed, lab)
        if held:
            found |= dict.fromkeys((card.name, *held.places), card.name)
    for one in operations:
        after = one.after
        if isinstance(after, Physical) and after.master is not None and after.name in found:
            found.setdefault(after.master, after.name)
    return found


def _card_of(one: Operation, cards: dict[str, str]) -> str | None:
    match one.after or one.before:
        case Physical(name=name):
            return cards.get(name)
        # A bridge that is made carries nothing yet, and one that is deleted nothing any more.
        case Bridge(netns="", name=name) if one.action == "change":
            return cards.get(name)
        case Address(netns="", link=name):
            return cards.get(name)
    return None
