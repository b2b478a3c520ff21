"""NAT and its guard, port forwards, and interfaces kept apart: one table of ours in a namespace.

It is written by `nft`, or by iptables-legacy on a kernel that has no nftables with NAT.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from functools import cache
from types import ModuleType

from designer.machine.resources import Behind, Forward, NatTable
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links, listening, nft, xtables
from tasks.drivers.kernel.filters import FilterFailed
from tasks.drivers.kernel.session import Session
from tasks.drivers.netlink.threads import NamespaceThread

_WAYS: tuple[ModuleType, ...] = (nft, xtables)
_ADVICE = (
    "Look whether this hypervisor's kernel has nftables with NAT, or else iptables-legacy, and "
    "whether the program is installed."
)


_TRIED = NatTable(
    netns="",
    name="trunkline-try",
    outside=("lo",),
    isolated=("lo",),
    behind=(Behind(bridge="lo", subnets=("192.0.2.0/24",)),),
    forwards=(Forward(protocol="tcp", port=9, to="192.0.2.9", to_port=9, near="192.0.2.0/24"),),
)


def works(way: ModuleType) -> bool:
    """Whether it does what routers and networks need. To be tried in a namespace that is thrown
    away."""
    try:
        way.put(_TRIED, "try")
    except (FilterFailed, OSError):
        return False
    return True


@cache
def _way() -> ModuleType:
    """What tables are written by here, found once by trying."""
    thread = NamespaceThread()
    try:
        thread.run(thread.leave)
        return next((way for way in _WAYS if thread.run(works, way)), nft)
    finally:
        thread.close()


def present(thread: NamespaceThread, netns: str) -> list[tuple[str, ModuleType]]:
    """The names of the tables of a namespace, each with what wrote it."""
    thread.go(netns)
    found = [(name, nft) for name in nft.names()]
    # The hypervisor's own may be full of others' rules: they are read only where ours can be there.
    if netns or (xtables.are_in_use() and _way() is xtables):
        found += [(name, xtables) for name in xtables.names()]
    return found


def read(thread: NamespaceThread, netns: str, name: str, way: ModuleType) -> NatTable:
    """A table as the kernel has it. Raises FilterFailed."""
    thread.go(netns)
    found: NatTable = way.read(netns, name)
    return found


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Put tables in place, or replace them; connections that are known go on."""
    for operation in operations:
        table = operation.after
        if not isinstance(table, NatTable):
            continue
        standing = _standing(session, table.netns, table.name, operation)
        way = standing[1] if standing else _way()
        session.thread.go(table.netns)
        if not table.netns:
            _refuse_taken(operation, table, standing[0] if standing else None)
        try:
            way.put(table, session.alias)
        except FilterFailed as error:
            raise OperationFailed(operation, None, str(error), _ADVICE) from error


change = create


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Remove tables; with the namespace gone they are gone."""
    for operation in operations:
        _, netns, name = operation.key
        try:
            standing = _standing(session, netns, name, operation)
        except FileNotFoundError:
            continue
        if standing is None:
            continue
        try:
            standing[1].remove(name)
        except FilterFailed as error:
            raise OperationFailed(operation, None, str(error), _ADVICE) from error


def _refuse_taken(operation: Operation, table: NatTable, standing: NatTable | None) -> None:
    """Raise OperationFailed where a forward would take a port of the hypervisor's from whoever
    listens there: that may be how people come in."""
    had = {(one.protocol, one.port) for one in standing.forwards} if standing else set()
    wanted = {(one.protocol, one.port) for one in table.forwards} - had
    taken = sorted(wanted & listening.ports()) if wanted else []
    if taken:
        protocol, port = taken[0]
        words = f"somebody listens on the {protocol.upper()} port {port} of this hypervisor"
        raise OperationFailed(
            operation, errno.EADDRINUSE, words, "Forward another port, or stop what listens there."
        )


def _standing(
    session: Session, netns: str, name: str, operation: Operation
) -> tuple[NatTable, ModuleType] | None:
    """The lab's table that is there. Raises OperationFailed where it is not the lab's."""
    try:
        way = dict(present(session.thread, netns)).get(name)
        if way is None:
            return None
        table = read(session.thread, netns, name, way)
    except FilterFailed as error:
        raise OperationFailed(operation, None, str(error), _ADVICE) from error
    if table.owner != session.mark.lab:
        words = f"the table {name}{links.inside(netns)} does not carry this lab's mark"
        raise OperationFailed(operation, errno.EEXIST, words)
    return table, way
