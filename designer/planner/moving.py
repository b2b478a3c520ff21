"""A card takes its addresses and routes along: to the bridge that it becomes a port of, and back.

Nothing of this is drawn. What was observed on the card decides, and what is on the bridge and not
from a lab goes back to the card, whoever changed it meanwhile. The bridge has the card's MAC
address unless one is drawn, so that leases, neighbours and the switch's table stay right, and
IPv6 where there is any to move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from designer.machine.held import Held, HeldAddress, HeldRoute
from designer.machine.resources import Bridge, Key, Physical
from designer.machine.state import MachineState
from designer.planner.operations import Operation

NOTHING = Held()


def settled(desired: MachineState, observed: MachineState, lab: str) -> MachineState:
    """What is desired, with that of a bridge which follows from the card that moves in or out."""
    changed: dict[Key, Bridge] = dict(_left(desired, observed, lab))
    for card in desired.of_type(Physical):
        there = observed.get(card.key)
        bridge = desired.get(("link", card.netns, card.master or ""))
        if not isinstance(there, Physical) or not isinstance(bridge, Bridge):
            continue
        held = held_with(there, card.master, observed, lab)
        if held:
            ipv6 = True if held.has_ipv6 else bridge.ipv6
            changed[bridge.key] = replace(bridge, mac=bridge.mac or there.mac, ipv6=ipv6)
    if not changed:
        return desired
    return MachineState({**desired.resources, **changed})


def _left(desired: MachineState, observed: MachineState, lab: str) -> Iterator[tuple[Key, Bridge]]:
    """Bridges that stay without their card: the card's MAC address goes with it, and they get one
    of their own, which nobody else has."""
    for card in observed.of_type(Physical):
        if card.owner != lab or card.master is None or card.mac is None:
            continue
        key: Key = ("link", card.netns, card.master)
        bridge, there, wanted = desired.get(key), observed.get(key), desired.get(card.key)
        if not isinstance(bridge, Bridge) or not isinstance(there, Bridge):
            continue
        stays = isinstance(wanted, Physical) and wanted.master == card.master
        if there.held and there.mac == card.mac and bridge.mac is None and not stays:
            # One of those given out locally (IEEE 802), and not the card's where that is one, too.
            local = (int(card.mac[:2], 16) | 2) ^ 4
            yield key, replace(bridge, mac=f"{local:02x}{card.mac[2:]}")


def moved(card: Physical, master: str | None, observed: MachineState, lab: str) -> Held:
    """What is to be moved when the card, as observed, becomes a port of ``master``, or of nothing:
    what is not yet where it will be."""
    there = held_with(card, master, observed, lab)
    target = master or card.name
    return Held(
        addresses=tuple(one for one in there.addresses if one.on != target),
        routes=tuple(one for one in there.routes if one.on != target),
        neighbours=tuple(one for one in there.neighbours if one.on != target),
        fixed=there.fixed,
        naming=there.naming,
    )


def held_with(card: Physical, master: str | None, observed: MachineState, lab: str) -> Held:
    """All that goes with the card: what is on it, and on those of the lab's bridges that it is,
    was or will be behind."""
    found = card.held or NOTHING
    for bridge in _bridges(card, master, observed, lab):
        found += bridge.held or NOTHING
    return found


def _bridges(
    card: Physical, master: str | None, observed: MachineState, lab: str
) -> Iterator[Bridge]:
    for one in observed.of_type(Bridge):
        if one.owner == lab and one.netns == card.netns and one.held:
            near = one.name in (card.master, master) or card.owner == lab
            if near and _came_with(one, observed, lab, card) == card.key:
                yield one


def _came_with(bridge: Bridge, observed: MachineState, lab: str, card: Physical) -> Key:
    """The card that what is on a bridge came with: the one whose MAC address the bridge has, or
    where that was drawn the first of its ports. One that was taken out by hand still counts."""
    lent = [
        one
        for one in observed.of_type(Physical)
        if one.owner == lab and (one.master == bridge.name or one.mac == bridge.mac)
    ]
    same = [one for one in lent if one.mac == bridge.mac]
    return next(iter(same or lent), card).key


def sentence(held: Held, target: str) -> str:
    """What moves, for the reason of an operation."""
    parts = []
    if held.addresses:
        parts.append(", ".join(_address(one) for one in held.addresses))
    if held.routes:
        parts.append("the routes " + ", ".join(_route(one) for one in held.routes))
    if held.neighbours:
        parts.append("the static neighbours " + ", ".join(one.address for one in held.neighbours))
    alone = len(held.addresses) == 1 and not held.routes and not held.neighbours
    text = f"{' and '.join(parts)} {'moves' if alone else 'move'} to {target}."
    renewed = _renewed(held, target)
    return text[0].upper() + text[1:] + (f" {renewed}" if renewed else "")


def notes(operations: Iterable[Operation]) -> Iterator[str]:
    """What stays behind with the name of a card that becomes a port, and no longer fits."""
    for one in operations:
        card, target = one.before, getattr(one.after, "master", None)
        if not isinstance(card, Physical) or not card.held or target in (None, card.master):
            continue
        if card.held.naming:
            yield (
                f"{card.name}'s traffic comes in by {target} then. What names {card.name} is not "
                f"moved: {', '.join(card.held.naming)}."
            )


def listed(held: Held, most: int = 12) -> list[str]:
    """Each of it in a few words, addresses first: "192.0.2.7/24", "default via 192.0.2.1"."""
    found = [one.address for one in held.addresses] + [_route(one) for one in held.routes]
    return found if len(found) <= most else [*found[:most], f"and {len(found) - most} more"]


def _address(one: HeldAddress) -> str:
    left = "" if one.valid is None else f" (valid for {one.valid} s)"
    return f"{one.address}{left}"


def _route(one: HeldRoute) -> str:
    to = "default" if one.to in ("0.0.0.0/0", "::/0") else one.to
    family = " (IPv6)" if one.to == "::/0" else ""
    return f"{to}{family}{f' via {one.via}' if one.via else ''}"


def _renewed(held: Held, target: str) -> str:
    """Leases and what routers advertise keep what is left of their time; who renews them then."""
    said = []
    if any(one.valid is not None and ":" not in one.address for one in held.addresses):
        said.append(
            f"A lease keeps what is left of it: have the DHCP client work on {target} by then, "
            "which has the same MAC address."
        )
    if any(one.valid is not None and ":" in one.address for one in held.addresses):
        said.append(
            f"IPv6 addresses with a lifetime keep what is left of it; on {target} the router's "
            "next advertisement renews them."
        )
    return " ".join(said)


def remembering(
    observed: MachineState, saved: Mapping[str, Held], lab: str, *, all_of_it: bool
) -> MachineState:
    """What was on each card when it was saved counts as still to be placed where it is nowhere any
    more: somebody deleted the bridge, or set it down, and the kernel dropped what was on it.

    Unless ``all_of_it``, only where the lab's card is out of its bridge and nothing at all is left:
    what somebody took off one by one is theirs to decide.
    """
    changed: dict[Key, Physical] = {}
    for name, held in saved.items():
        card = observed.get(("link", "", name))
        if not isinstance(card, Physical):
            continue
        there = held_with(card, card.master, observed, lab)
        lost_bridge = card.owner == lab and card.master is None and not there
        if not (all_of_it or lost_bridge):
            continue
        addresses = {one.address for one in there.addresses}
        routes = {_which(one) for one in there.routes}
        neighbours = {one.address for one in there.neighbours}
        lost = Held(
            addresses=tuple(
                replace(one, on="") for one in held.addresses if one.address not in addresses
            ),
            routes=tuple(replace(one, on="") for one in held.routes if _which(one) not in routes),
            neighbours=tuple(
                replace(one, on="") for one in held.neighbours if one.address not in neighbours
            ),
        )
        if lost:
            changed[card.key] = replace(card, held=(card.held or NOTHING) + lost)
    return MachineState({**observed.resources, **changed}) if changed else observed


def saved_of(observed: MachineState, cards: Collection[str], lab: str) -> dict[str, Held]:
    """What goes with each of these cards, to be saved."""
    found = {}
    for name in cards:
        card = observed.get(("link", "", name))
        if isinstance(card, Physical):
            found[name] = held_with(card, card.master, observed, lab)
    return found


def _which(route: HeldRoute) -> tuple[str, str, int, int]:
    return route.to, route.via, route.table, route.metric
