"""802.1Q sub-interfaces: made over a card, where they are to be, in one message.

The card is in the hypervisor's own namespace, and so is the socket that the message goes to; the
sub-interface is born in its own. Its mark is a second message, to that namespace: in a namespace of
the lab, one that has the lab's link group and no alias yet is the lab's too.
"""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Iterable, Sequence

from designer.machine.resources import Vlan
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links, portvlans
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import rare, wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request

_PATIENCE = 2.0
"""Seconds for the kernel to clear away a namespace that still holds a sub-interface."""
_PAUSE = 0.05
_NO_8021Q = (
    "This hypervisor's kernel has no 802.1Q (CONFIG_VLAN_8021Q). Load the module 8021q there "
    "(modprobe 8021q), or place the host elsewhere."
)


def seen_vlan(seen: LinkSeen) -> tuple[int, int]:
    """(Index of the card, VLAN id) of a sub-interface."""
    vid = (seen.data or {}).get(c.IFLA_VLAN_ID, b"")
    return seen.peer, int.from_bytes(vid, sys.byteorder)


def is_8021q(seen: LinkSeen) -> bool:
    """Whether it is a sub-interface, and of 802.1Q (of 802.1ad are those that carry others)."""
    protocol = (seen.data or {}).get(c.IFLA_VLAN_PROTOCOL, b"")
    return seen.kind == "vlan" and int.from_bytes(protocol, "big") == c.ETH_P_8021Q


def _vlans(operations: Sequence[Operation]) -> list[tuple[Vlan, Operation]]:
    return [
        (operation.after, operation)
        for operation in operations
        if isinstance(operation.after, Vlan)
    ]


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Make sub-interfaces over their cards."""
    _create(session, operations, time.monotonic() + _PATIENCE)


def _create(session: Session, operations: Sequence[Operation], deadline: float) -> None:
    wanted = _vlans(operations)
    cards = links.demand(
        session, {("", vlan.device): operation for vlan, operation in wanted}, ours=False
    )
    by_master = links.masters(session, wanted)
    steps: list[Step] = []
    indexes: dict[int, int] = {}
    for vlan, operation in wanted:
        index = indexes[id(operation)] = next(session.indexes)
        card = cards["", vlan.device]
        _refuse_mtu(vlan, card, operation)
        parts = [*links.as_made(vlan, session), _info(vlan), wire.u32(c.IFLA_LINK, card.index)]
        if vlan.netns:
            parts.append(wire.u32(c.IFLA_NET_NS_FD, _descriptor(session, vlan, operation)))
        if vlan.master is not None:
            parts.append(wire.u32(c.IFLA_MASTER, by_master[vlan.netns, vlan.master]))
        body = wire.link_body(*parts, index=index)
        steps.append(
            Step("", Request(c.RTM_NEWLINK, body, c.NLM_F_CREATE | c.NLM_F_EXCL), operation)
        )
        steps.append(links.mark(session, vlan, index, operation))
    failed = session.send(steps)
    for step, why in failed:
        if why.errno == errno.EOPNOTSUPP:
            raise OperationFailed(step.operation, why.errno, why.words, _NO_8021Q)
    taken, failed = links.collisions(failed)
    raise_first(failed, operations)
    made = [one for one in wanted if not any(one[1] is operation for operation in taken)]
    links.switch_ipv6(session, made)
    for vlan, operation in made:
        session.made[vlan.netns, vlan.name] = indexes[id(operation)]
    session.carry_out(
        [
            links.raise_up(vlan, indexes[id(operation)], operation)
            for vlan, operation in made
            if vlan.up
        ]
    )
    portvlans.bring(session, [(one, indexes[id(operation)], operation) for one, operation in made])
    _adopt(session, taken, cards, deadline)


def _info(vlan: Vlan) -> bytes:
    return rare.link_info("vlan", [("IFLA_VLAN_ID", vlan.vid)])


def _descriptor(session: Session, vlan: Vlan, operation: Operation) -> int:
    try:
        return session.descriptor(vlan.netns)
    except FileNotFoundError:
        words = f"there is no network namespace {vlan.netns}"
        raise OperationFailed(operation, errno.ENOENT, words) from None


def _refuse_mtu(vlan: Vlan, card: LinkSeen, operation: Operation) -> None:
    """The kernel would only say that some value is invalid."""
    if vlan.mtu is not None and vlan.mtu > card.mtu:
        raise OperationFailed(
            operation,
            errno.ERANGE,
            f"{vlan.name} cannot have an MTU of {vlan.mtu} over {card.name}, which has {card.mtu}",
            f"Give it at most {card.mtu} in the drawing, or the card a larger MTU by hand.",
        )


def _adopt(
    session: Session,
    operations: Sequence[Operation],
    cards: dict[links.Place, LinkSeen],
    deadline: float,
) -> None:
    """Take over what was there already, if it is this lab's and the same."""
    for vlan, operation in _vlans(operations):
        place = (vlan.netns, vlan.name)
        card = cards["", vlan.device]
        found = links.look(session, [place]).get(place)
        if found is None:
            _try_again(session, vlan, card, operation, deadline)
        elif found.kind != "vlan" or not _is_ours(session, place, found):
            raise links.foreign(operation, place)
        elif seen_vlan(found) != (card.index, vlan.vid):
            raise OperationFailed(
                operation,
                errno.EEXIST,
                f"{vlan.name} of this lab is there for another VLAN or over another card",
                "Deploy again: the plan is then made from what is there now.",
            )
        else:
            _bring_to(session, [(vlan, found, operation)])


def _try_again(
    session: Session, vlan: Vlan, card: LinkSeen, operation: Operation, deadline: float
) -> None:
    """The name is free. So it was the index, or the card has a sub-interface of that id already;
    perhaps one in a namespace that the kernel is still clearing away."""
    holder = _holder(session, vlan, card)
    if holder is None and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        _create(session, [operation], deadline)
        return
    raise OperationFailed(
        operation,
        errno.EEXIST,
        f"VLAN {vlan.vid} of {vlan.device} has a sub-interface already, "
        f"{holder or 'in another network namespace'}",
        "A card has one sub-interface for each VLAN. Choose another VLAN in the drawing, or remove "
        "the other by hand.",
    )


def _holder(session: Session, vlan: Vlan, card: LinkSeen) -> str | None:
    """What the hypervisor's own namespace has for that card and id."""
    for seen in links.dump(session.socket("")).values():
        if is_8021q(seen) and seen.peer_nsid is None and seen_vlan(seen) == (card.index, vlan.vid):
            whose = "of this lab" if session.is_ours(seen.alias) else "which is not this lab's"
            return f"{seen.name}, {whose}"
    return None


def _is_ours(session: Session, place: links.Place, seen: LinkSeen) -> bool:
    return session.is_ours(seen.alias) or (
        place[0] != "" and not seen.alias and seen.group == session.group
    )


def change(session: Session, operations: Sequence[Operation]) -> None:
    """Change sub-interfaces while they work; another card or id wants a new one."""
    wanted = {(vlan.netns, vlan.name): (vlan, operation) for vlan, operation in _vlans(operations)}
    seen = links.demand(
        session, {place: operation for place, (_, operation) in wanted.items()}, ours=False
    )
    for place, (_, operation) in wanted.items():
        if seen[place].kind != "vlan" or not _is_ours(session, place, seen[place]):
            raise links.foreign(operation, place)
    _bring_to(
        session, [(vlan, seen[place], operation) for place, (vlan, operation) in wanted.items()]
    )


def _bring_to(session: Session, changes: Iterable[tuple[Vlan, LinkSeen, Operation]]) -> None:
    changes = list(changes)
    session.carry_out(
        [
            links.mark(session, vlan, seen.index, operation)
            for vlan, seen, operation in changes
            if not seen.alias
        ]
    )
    links.adjust(session, changes)


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take sub-interfaces down."""
    places = {(operation.key[1], operation.key[2]): operation for operation in operations}
    for place in places:
        session.made.pop(place, None)
    steps = []
    for place, found in links.look(session, places).items():
        if found.kind != "vlan" or not _is_ours(session, place, found):
            raise links.foreign(places[place], place)
        steps.append(links.delete(session, place[0], found.index, places[place]))
    session.carry_out(steps)
