"""What is refused whatever the job says: a controller may be in the wrong hands.

Names become paths under /run/netns and /proc/sys, so a name is a name and nothing else. Nothing is
done inside a named namespace that is not this lab's, to a protected card, or to the hypervisor's
own routes. In its own packet filter a lab has what its networks need, and takes no port that
somebody listens on: people come in by such ports.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from ipaddress import ip_address, ip_network

from designer.machine.marks import Mark, table_name
from designer.machine.resources import (
    Address,
    Bridge,
    Module,
    Namespace,
    NatTable,
    Parent,
    Physical,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import modules
from tasks.drivers.kernel.namespaces import loopback
from tasks.drivers.kernel.session import Session

_NETNS = re.compile(r"(?!\.{1,2}$)[^/\0]{1,255}")
_LINK = re.compile(r"(?!\.{1,2}$)[^/\0\s:]{1,15}")
_LINKS = (Bridge, Veth, Vxlan, Vlan, Physical)
_OUR_BUG = "This is no plan of ours: report it, and look who has access to the controller."


def refuse_odd(operations: Sequence[Operation], mark: Mark, protected: Collection[str]) -> None:
    """Raise OperationFailed for the first operation that may not be, before one is begun."""
    for operation in operations:
        for resource in _resources(operation):
            _refuse_odd(operation, resource, mark, protected)


def _refuse_odd(
    operation: Operation, resource: Resource, mark: Mark, protected: Collection[str]
) -> None:
    names = set(_namespaces_of(resource)) - {""}
    if isinstance(resource, Namespace):
        names.add(resource.name)
    for name in names:
        if not _NETNS.fullmatch(name):
            raise _odd(operation, f"{name!r} is no name of a network namespace")
    for name in _links_of(resource):
        if not _LINK.fullmatch(name) or len(name.encode(errors="replace")) > 15:
            raise _odd(operation, f"{name!r} is no name of an interface")
    card = next((one for one in _cards_of(resource) if one in protected), None)
    if card is not None:
        raise OperationFailed(
            operation,
            errno.EPERM,
            f"{card} is a protected card of this hypervisor",
            "Use another card in the drawing, or take it out of protected_nics in the agent's "
            "configuration on the hypervisor.",
        )
    if isinstance(resource, Route) and not _may_be(resource):
        raise _odd(
            operation,
            "of the hypervisor's own routes a lab may have a default one, by its own bridge",
        )
    if isinstance(resource, NatTable):
        _refuse_odd_table(operation, resource, mark)
    if isinstance(resource, Vlan) and not 1 <= resource.vid <= 4094:
        raise _odd(operation, f"{resource.vid} is no id of a VLAN")
    if isinstance(resource, Module) and resource.name not in modules.WANTED:
        raise _odd(operation, f"{resource.name!r} is no kernel module that a lab needs")


def _refuse_odd_table(operation: Operation, table: NatTable, mark: Mark) -> None:
    """Its texts go into a program's script, so an address is an address and nothing else."""
    if table.name != table_name(mark.lab):
        raise _odd(operation, f"the table {table.name} is not named after this lab")
    if table.netns == "" and (table.outside or table.isolated):
        raise _odd(operation, "the hypervisor's own interfaces are not a lab's to filter")
    if table.netns and table.behind:
        raise _odd(operation, f"no network of the hypervisor's is in {table.netns}")
    subnets = [subnet for one in table.behind for subnet in one.subnets]
    for subnet in (*subnets, *(one.near for one in table.forwards)):
        if not _is(subnet, ip_network):
            raise _odd(operation, f"{subnet!r} is no subnet")
    for one in table.forwards:
        ports = (one.port, one.to_port)
        if one.protocol not in ("tcp", "udp") or not all(0 < port < 65536 for port in ports):
            raise _odd(operation, f"{one.protocol} {one.port} is no port")
        if not _is(one.to, ip_address) or ip_address(one.to) not in ip_network(one.near):
            raise _odd(operation, f"{one.to!r} is no address in {one.near}")
        # What is there may be so because somebody took a part of it out.
        if table is operation.after and table.netns == "" and one.near not in subnets:
            raise _odd(operation, f"{one.to} is in no network of this lab")


def _is(text: str, parse: Callable[[str], object]) -> bool:
    """Whether it is the one way to write such a thing."""
    try:
        return str(parse(text)) == text
    except ValueError:
        return False


def _may_be(route: Route) -> bool:
    """In a namespace any route; whose link it is is seen to where it is made."""
    if route.netns:
        return route.link is None
    return route.link is not None and route.to in ("0.0.0.0/0", "::/0")


def _odd(operation: Operation, words: str) -> OperationFailed:
    return OperationFailed(operation, errno.EPERM, words, _OUR_BUG)


def _resources(operation: Operation) -> Iterator[Resource]:
    """The resources of an operation, one at least, of which the first have its key."""
    firsts = [one for one in (operation.before, operation.after) if one is not None]
    others = [one for one in (operation.peer_before, operation.peer_after) if one is not None]
    if not firsts or any(one.key != operation.key for one in firsts):
        raise _odd(operation, "an operation and what it is about disagree")
    yield from firsts
    yield from others


def _cards_of(resource: Resource) -> Iterator[str]:
    """The links of the hypervisor's own namespace that are touched."""
    if isinstance(resource, Parent | Vlan):
        yield resource.device
    if isinstance(resource, _LINKS) and resource.netns == "":
        yield resource.name
    if isinstance(resource, Route) and resource.link is not None:
        yield resource.link


def _namespaces_of(resource: Resource) -> Iterator[str]:
    """The namespaces, beside itself, that a resource is in."""
    if isinstance(resource, (*_LINKS, Address, Route, NatTable)):
        yield resource.netns
    if isinstance(resource, Veth):
        yield resource.peer_netns


def _links_of(resource: Resource) -> Iterator[str]:
    if isinstance(resource, _LINKS):
        yield resource.name
        if resource.master is not None:
            yield resource.master
    if isinstance(resource, Veth):
        yield resource.peer
    if isinstance(resource, Vxlan | Vlan | Parent):
        yield resource.device
    if isinstance(resource, Address):
        yield resource.link
    if isinstance(resource, Route) and resource.link is not None:
        yield resource.link
    if isinstance(resource, NatTable):
        yield from resource.outside
        yield from resource.isolated
        yield from (one.bridge for one in resource.behind)


def refuse_foreign(session: Session, operations: Sequence[Operation]) -> None:
    """Raise OperationFailed where one would go into a named namespace that is not this lab's. One
    that is not there is left to the operation."""
    for operation in operations:
        for resource in _resources(operation):
            for netns in _namespaces_of(resource):
                if netns and netns not in session.vouched:
                    _vouch(session, operation, netns)


def _vouch(session: Session, operation: Operation, netns: str) -> None:
    try:
        seen = loopback(session.socket(netns))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINVAL):  # EINVAL: a file that holds none
            return
        raise
    if seen is None or not session.is_ours(seen.alias):
        session.forget(netns)
        raise OperationFailed(
            operation, errno.EEXIST, f"the namespace {netns} does not carry this lab's mark"
        )
    session.vouched.add(netns)
