"""Veth pairs: both ends made in one message, taken down many at a time."""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from designer.machine.resources import Resource, Veth
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links, portvlans
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request

_DESCRIPTORS = 256
"""Pairs made by one bundle: each may need an open file for its other namespace."""
AT_ONCE = 64
"""Pairs taken down by one request: so many keep the kernel's lock for some milliseconds only."""


def ends(operation: Operation, *, before: bool = False) -> tuple[Veth, Veth]:
    """The two ends that an operation is about."""
    first = operation.before if before else operation.after
    second = operation.peer_before if before else operation.peer_after
    return _veth(operation, first), _veth(operation, second)


def _veth(operation: Operation, resource: Resource | None) -> Veth:
    if not isinstance(resource, Veth):
        raise TypeError(f"{'/'.join(operation.key)}: a veth operation carries both ends")
    return resource


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair to be made, with the indexes that its ends will have."""

    one: Veth
    two: Veth
    mine: int
    theirs: int
    operation: Operation

    @property
    def both(self) -> tuple[tuple[Veth, Operation], tuple[Veth, Operation]]:
        return (self.one, self.operation), (self.two, self.operation)


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Make pairs, the first end enslaved and the second in its namespace by the same message.

    All are made before the first one comes up: what goes on on links that are up (announcements,
    IPv6) makes every further one dearer. And an end comes up only after IPv6 is switched off on it
    where it is to be. The second end cannot be made up.
    """
    pairs = [
        _Pair(*ends(operation), next(session.indexes), next(session.indexes), operation)
        for operation in operations
    ]
    by_master = links.masters(session, (end for pair in pairs for end in pair.both))
    taken: dict[int, Operation] = {}
    for start in range(0, len(pairs), _DESCRIPTORS):
        some = pairs[start : start + _DESCRIPTORS]
        steps = [step for pair in some for step in _make(session, pair, by_master)]
        collided, failed = links.collisions(session.send(steps))
        raise_first(failed, operations)
        taken |= {id(operation): operation for operation in collided}
        session.trim()
    made = [pair for pair in pairs if id(pair.operation) not in taken]
    links.switch_ipv6(session, (end for pair in made for end in pair.both))
    for pair in made:
        session.made[pair.one.netns, pair.one.name] = pair.mine
        session.made[pair.two.netns, pair.two.name] = pair.theirs
    steps = [
        links.raise_up(pair.one, pair.mine, pair.operation)
        for pair in made
        if pair.one.up and pair.one.ipv6 is not None
    ]
    steps += [step for pair in made for step in _second_end(session, pair, by_master)]
    session.carry_out(steps)
    ends_made = (
        (one, index, pair.operation)
        for pair in made
        for one, index in ((pair.one, pair.mine), (pair.two, pair.theirs))
    )
    portvlans.bring(session, ends_made)
    _adopt(session, list(taken.values()))


def _make(session: Session, pair: _Pair, by_master: Mapping[links.Place, int]) -> list[Step]:
    """The message that makes the pair, and the one that marks its first end."""
    one, two = pair.one, pair.two
    peer = links.as_made(two, session)
    if two.netns != one.netns:
        try:
            peer.append(wire.u32(c.IFLA_NET_NS_FD, session.descriptor(two.netns)))
        except FileNotFoundError:
            words = f"there is no network namespace {two.netns}"
            raise OperationFailed(pair.operation, errno.ENOENT, words) from None
    data = wire.attribute(c.VETH_INFO_PEER, wire.link_body(*peer, index=pair.theirs))
    parts = [*links.as_made(one, session), _info(data)]
    if one.master is not None:
        parts.append(wire.u32(c.IFLA_MASTER, by_master[one.netns, one.master]))
    up = c.IFF_UP if one.up and one.ipv6 is None else 0
    body = wire.link_body(*parts, index=pair.mine, flags=up, change=up)
    make = Request(c.RTM_NEWLINK, body, c.NLM_F_CREATE | c.NLM_F_EXCL)
    return [
        Step(one.netns, make, pair.operation),
        links.mark(session, one, pair.mine, pair.operation),
    ]


def _second_end(
    session: Session, pair: _Pair, by_master: Mapping[links.Place, int]
) -> Iterator[Step]:
    """What the second end gets where it is: mark, master, up, and what belongs to a port."""
    two = pair.two
    parts = [wire.text(c.IFLA_IFALIAS, session.alias)]
    if two.master is not None:
        parts.append(wire.u32(c.IFLA_MASTER, by_master[two.netns, two.master]))
    if two.up:
        yield links.raise_up(two, pair.theirs, pair.operation, *parts)
    else:
        body = wire.link_body(*parts, index=pair.theirs)
        yield Step(two.netns, Request(c.RTM_NEWLINK, body), pair.operation)
    if two.master is not None and (port := links.port_attributes(two.port)):
        body = wire.link_body(port, index=pair.theirs)
        yield Step(two.netns, Request(c.RTM_NEWLINK, body), pair.operation)


def _info(data: bytes) -> bytes:
    return wire.nest(
        c.IFLA_LINKINFO,
        wire.text(c.IFLA_INFO_KIND, "veth"),
        wire.nest(c.IFLA_INFO_DATA, data),
    )


def _adopt(session: Session, operations: Sequence[Operation]) -> None:
    """Take over pairs that were there already, if they are this lab's and the same."""
    for operation in operations:
        one, two = ends(operation)
        first, second = (one.netns, one.name), (two.netns, two.name)
        seen = links.look(session, [first, second])
        for place in (first, second):
            if place in seen and not session.is_ours(seen[place].alias):
                other = seen.get(second if place == first else first)
                if other is None or not session.is_ours(other.alias):
                    raise links.foreign(operation, place)
        if len(seen) < 2 or not _are_a_pair(seen[first], seen[second]):
            if not seen:  # it was the index that was taken: again, with the next one
                create(session, [operation])
                continue
            raise OperationFailed(
                operation,
                errno.EEXIST,
                f"{' and '.join(name for _, name in seen)} of this lab is there, but wired "
                "differently",
                "Deploy again: the plan is then made from what is there now.",
            )
        alias = wire.text(c.IFLA_IFALIAS, session.alias)
        session.carry_out(
            [
                Step(netns, Request(c.RTM_NEWLINK, wire.link_body(alias, index=found.index)),
                     operation)
                for (netns, _), found in seen.items()
                if not session.is_ours(found.alias)
            ]
        )  # fmt: skip
        links.adjust(session, [(one, seen[first], operation), (two, seen[second], operation)])


def _are_a_pair(one: LinkSeen, two: LinkSeen) -> bool:
    return (
        one.kind == two.kind == "veth" and one.peer == two.index and two.peer == one.index
    )  # fmt: skip


def change(session: Session, operations: Sequence[Operation]) -> None:
    """Change one or both ends. ``peer_after`` is the other end's, if that is to change too."""
    wanted: dict[links.Place, tuple[Veth, Operation]] = {}
    for operation in operations:
        for resource in (operation.after, operation.peer_after):
            if isinstance(resource, Veth):
                wanted[resource.netns, resource.name] = resource, operation
    seen = links.demand(session, {place: operation for place, (_, operation) in wanted.items()})
    links.adjust(
        session, [(after, seen[place], operation) for place, (after, operation) in wanted.items()]
    )


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take pairs down, :data:`AT_ONCE` by one request.

    A request by link group takes every link of that group, whosesoever it is. So the links to go,
    each looked at and found to carry our mark, first get a group drawn for this moment.
    """
    doomed: dict[str, list[tuple[int, Operation]]] = {}
    for place, (index, operation) in _ours_of(session, operations).items():
        doomed.setdefault(place[0], []).append((index, operation))
    gone = frozenset({errno.ENODEV, errno.ENOENT})
    for netns, all_of_it in doomed.items():
        for start in range(0, len(all_of_it), AT_ONCE):
            some = all_of_it[start : start + AT_ONCE]
            if len(some) == 1:
                session.carry_out([links.delete(session, netns, *some[0])])
                continue
            group = wire.u32(c.IFLA_GROUP, random.randrange(1 << 31, 1 << 32))  # noqa: S311
            steps = [
                Step(netns, Request(c.RTM_NEWLINK, wire.link_body(group, index=index)),
                     operation, passes=gone)
                for index, operation in some
            ]  # fmt: skip
            steps.append(
                Step(netns, Request(c.RTM_DELLINK, wire.link_body(group)), some[0][1], passes=gone)
            )
            session.carry_out(steps)


def _ours_of(
    session: Session, operations: Sequence[Operation]
) -> dict[links.Place, tuple[int, Operation]]:
    """One end of each pair that is there, with its index. An end whose mark was not written yet
    is ours if the other end's was."""
    firsts = {(operation.key[1], operation.key[2]): operation for operation in operations}
    found: dict[links.Place, tuple[int, Operation]] = {}
    unmarked: dict[links.Place, Operation] = {}
    for place, seen in links.look(session, firsts).items():
        if session.is_ours(seen.alias):
            found[place] = seen.index, firsts[place]
        else:
            unmarked[place] = firsts[place]
    others = {
        (other.netns, other.name): (place, operation)
        for place, operation in unmarked.items()
        if isinstance(other := operation.peer_before, Veth)
    }
    for place, seen in links.look(session, others).items():
        first, operation = others[place]
        if session.is_ours(seen.alias) and seen.kind == "veth":
            found[place] = seen.index, operation
            del unmarked[first]
    for place, operation in unmarked.items():
        raise links.foreign(operation, place)
    for place in (*firsts, *found):
        session.made.pop(place, None)
    return found
