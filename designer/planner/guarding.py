"""Which operations of a plan can cut the hypervisor off: those on a card that holds its addresses,
and on the bridge that these are on, and those that give it another default route. They are
confirmed over the new way, or taken back (:mod:`tasks.agent.guard`).
"""

from __future__ import annotations

from collections.abc import Sequence

from designer.machine.resources import Address, Bridge, Physical, Route
from designer.machine.state import MachineState
from designer.planner.moving import held_with, moved, sentence
from designer.planner.operations import Operation


def guarded(operations: Sequence[Operation], observed: MachineState, lab: str) -> dict[int, str]:
    """The card that is concerned, by the operation's place in the plan; of a default route by a
    bridge without one, the bridge."""
    cards = _cards(operations, observed, lab)
    found: dict[int, str] = {}
    for place, one in enumerate(operations):
        card = _card_of(one, cards)
        if card is not None:
            found[place] = card
    return found


def moves(operations: Sequence[Operation], observed: MachineState, lab: str) -> list[str]:
    """What becomes of the hypervisor's own addresses and routes, in sentences."""
    said = []
    for one in operations:
        match one.after or one.before:
            case Physical() as card:
                there = one.before if isinstance(one.before, Physical) else card
                master = one.after.master if isinstance(one.after, Physical) else None
                if held := moved(there, master, observed, lab):
                    said.append(sentence(held, master or card.name))
            case Route(netns="", via=via, link=link) if one.action == "create":
                said.append(f"The default route leads by way of {via} on {link}, before any other.")
            case Route(netns="", via=via):
                said.append(f"The default route by way of {via} goes.")
    return said


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
        case Route(netns="", link=name) if name is not None:
            return cards.get(name, name)
    return None
