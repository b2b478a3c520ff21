"""Interface addresses, marked as ours by their protocol (IFA_PROTO)."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Sequence

from designer.machine.marks import PROTOCOL
from designer.machine.resources import Address
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.decode import AddressSeen
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request


def body(address: str, index: int, protocol: int = PROTOCOL) -> bytes:
    """The body of a message about an address of a link."""
    alone, _, length = address.partition("/")
    raw = wire.packed(alone)
    # The rules see to it that nobody has it twice; without the wait for others to object
    # (RFC 4862) an IPv6 address works at once.
    flags = c.IFA_F_NODAD if len(raw) == 16 else 0
    return (
        wire.ADDRESS.pack(wire.family_of(alone), int(length), flags, c.RT_SCOPE_UNIVERSE, index)
        + wire.attribute(c.IFA_LOCAL, raw)
        + wire.attribute(c.IFA_ADDRESS, raw)
        + wire.u8(c.IFA_PROTO, protocol)
    )


def present(socket: NetlinkSocket, index: int = 0) -> list[AddressSeen]:
    """The addresses of a namespace, or of one link of it."""
    head = wire.ADDRESS.pack(0, 0, 0, 0, index)
    return socket.dump(c.RTM_GETADDR, head, decode.address)


def _wanted(operations: Sequence[Operation]) -> list[tuple[Address, Operation]]:
    return [
        (operation.after, operation)
        for operation in operations
        if isinstance(operation.after, Address)
    ]


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Give addresses to links of ours."""
    wanted = _wanted(operations)
    indexes = links.indexes(
        session, {(address.netns, address.link): operation for address, operation in wanted}
    )
    steps = [
        Step(
            address.netns,
            Request(
                c.RTM_NEWADDR,
                body(address.address, indexes[address.netns, address.link]),
                c.NLM_F_CREATE | c.NLM_F_EXCL,
            ),
            operation,
        )
        for address, operation in wanted
    ]
    failed = []
    for step, why in session.send(steps):
        address = step.operation.after
        if why.errno != errno.EEXIST or not isinstance(address, Address):
            failed.append((step, why))
        elif not _is_ours(session, address, indexes[address.netns, address.link]):
            raise _foreign(address, step.operation)
    raise_first(failed, operations)


change = create
"""An address has nothing that could change: it is there or not."""


def _is_ours(session: Session, address: Address, index: int) -> bool:
    return any(
        seen.address == address.address and seen.protocol == PROTOCOL
        for seen in present(session.socket(address.netns), index)
    )


def _foreign(address: Address, operation: Operation) -> OperationFailed:
    return OperationFailed(
        operation,
        errno.EEXIST,
        f"{address.link}{links.inside(address.netns)} has {address.address} already, and not "
        "from us",
        "Choose another address in the drawing, or remove this one by hand.",
    )


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take addresses from links; only such as carry our protocol."""
    places: dict[links.Place, list[Operation]] = {}
    for operation in operations:
        places.setdefault((operation.key[1], operation.key[2]), []).append(operation)
    seen = links.look(session, places)
    steps = []
    gone = frozenset({errno.EADDRNOTAVAIL, errno.ENODEV})
    for (netns, name), found in seen.items():
        there = {one.address: one for one in present(session.socket(netns), found.index)}
        if sum(":" not in address for address in there) > 1:
            _keep_secondaries(session, netns, name)
        for operation in places[netns, name]:
            one = there.get(operation.key[3])
            if one is None:
                continue
            if one.protocol != PROTOCOL or not session.is_ours(found.alias):
                raise _foreign(Address(netns=netns, link=name, address=one.address), operation)
            request = Request(c.RTM_DELADDR, body(one.address, found.index))
            steps.append(Step(netns, request, operation, passes=gone))
    session.carry_out(steps)


def _keep_secondaries(session: Session, netns: str, name: str) -> None:
    """Without this the kernel takes the other addresses of a subnet away with its first one."""
    session.thread.go(netns)
    with contextlib.suppress(FileNotFoundError):
        links.write_sysctl(f"/proc/sys/net/ipv4/conf/{name}/promote_secondaries", b"1")
