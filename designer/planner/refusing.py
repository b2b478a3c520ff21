"""Refusals: what stands in a plan's way, whose it is, and what would help."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.resources import Physical, Resource
from designer.machine.state import MachineState
from designer.planner import words
from designer.planner.differing import Difference, is_borrowed
from designer.planner.moving import moved
from designer.planner.operations import Refusal

_FREE_NAME = "another name in the design, or remove what is there"


def refusal(one: Difference, wanted: Resource | None, owner: str | None) -> Refusal:
    """The refusal for a difference that is foreign, or for a card that is not there."""
    assert wanted is not None
    if is_borrowed(wanted) and owner is None:
        return _cannot_use(one, wanted)
    if one.kind == "missing":
        return Refusal(
            code="missing-nic",
            key=one.key,
            message=f"The hypervisor has no card {words.name(wanted)}.",
            allowed="the name of a card that the inventory shows",
        )
    if owner is not None:
        allowed = "another name in the design, or destroy that lab first"
        return Refusal(code="other-lab", key=one.key, message=one.message, allowed=allowed)
    if isinstance(wanted, Physical):
        allowed = "a card that is a port of no bridge"
        return Refusal(code="in-use", key=one.key, message=one.message, allowed=allowed)
    return Refusal(code="foreign", key=one.key, message=one.message, allowed=_FREE_NAME)


def _cannot_use(one: Difference, wanted: Resource) -> Refusal:
    """The hypervisor's own network is not there, not active, or not as the inventory has it."""
    if one.kind == "missing":
        return Refusal(
            code="missing-network",
            key=one.key,
            message=f"The hypervisor has no libvirt network {words.name(wanted)}.",
            allowed="the name of a network that the inventory shows",
        )
    if "running" in one.fields:
        return Refusal(
            code="inactive-network",
            key=one.key,
            message=f"The hypervisor's network {words.name(wanted)} is not active.",
            allowed=f"start it on the hypervisor (virsh net-start {words.name(wanted)}), "
            "or draw a network of the lab's own",
        )
    return Refusal(
        code="other-network",
        key=one.key,
        message=f"The hypervisor's network {words.name(wanted)} was changed: {one.message}",
        allowed="deploy again once the hypervisor's inventory shows it as it is",
    )


def unmovable(desired: MachineState, observed: MachineState, lab: str) -> Iterator[Refusal]:
    """Cards whose addresses and routes cannot go with them, or not to one bridge."""
    first: dict[str, str] = {}
    for card in desired.of_type(Physical):
        there, bridge = observed.get(card.key), observed.get(("link", "", card.master or ""))
        if getattr(bridge, "held", None) and getattr(there, "master", None) == card.master:
            first.setdefault(card.master or "", card.name)
    for card in desired.of_type(Physical):
        there = observed.get(card.key)
        if not isinstance(there, Physical) or card.master is None:
            continue
        held = moved(there, card.master, observed, lab)
        if held.fixed and there.master != card.master:
            yield Refusal(
                code="cannot-move",
                key=card.key,
                message=f"{card.name} cannot become a port of {card.master}: "
                f"{'; '.join(held.fixed)}.",
                allowed="another card, or take that away on the hypervisor first",
            )
        if card.name not in held.places:
            continue
        other = first.setdefault(card.master, card.name)
        if other != card.name:
            yield Refusal(
                code="two-cards",
                key=card.key,
                message=f"{other} and {card.name} both have addresses or routes of the "
                f"hypervisor, and both would be ports of {card.master}.",
                allowed="one such card to a bridge",
            )
