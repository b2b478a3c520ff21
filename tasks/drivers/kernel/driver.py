"""The kernel's part of a hypervisor: links, namespaces, addresses, routes, nftables."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import ModuleType

from designer.machine.marks import Mark
from designer.machine.resources import Key
from designer.machine.state import Inventory, MachineState
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import (
    addresses,
    bridges,
    inventory,
    modules,
    namespaces,
    observing,
    parents,
    physicals,
    routes,
    tables,
    veths,
    vlans,
    vxlans,
    ways,
)
from tasks.drivers.kernel.checking import refuse_foreign, refuse_odd
from tasks.drivers.kernel.session import Session
from tasks.drivers.kernel.watching import KernelWatch
from tasks.drivers.netlink.threads import NamespaceThread

_ROOMS: Mapping[str, ModuleType] = {
    "namespace": namespaces,
    "bridge": bridges,
    "veth": veths,
    "vxlan": vxlans,
    "vlan": vlans,
    "physical": physicals,
    "address": addresses,
    "route": routes,
    "table": tables,
    "parent": parents,
    "module": modules,
}
KINDS = frozenset(_ROOMS)
"""Kinds of resources that are the kernel's; the others are libvirt's."""

_AT_ONCE = 256
_SESSION = 2.0
"""Seconds for which a session waits for the next batch of the same run."""
_OTHERWISE: Mapping[tuple[str, str], int] = {
    ("bridge", "delete"): 16,
    ("veth", "create"): 2048,
    ("image", "create"): 1,
}
"""Bridges go slowly, images more so: a smaller batch tells sooner how far it is. Pairs are made
dearer by others that are up already, so all of a batch are made before one comes up."""


def kind_of(operation: Operation) -> str:
    """The kind of resource that an operation is about."""
    resource = operation.after or operation.before
    if resource is None:
        raise ValueError(f"{'/'.join(operation.key)}: neither before nor after")
    return resource.kind


def batches(operations: Sequence[Operation]) -> Iterator[slice]:
    """Consecutive operations of one kind and action, that go down together."""
    start = 0
    while start < len(operations):
        what = (kind_of(operations[start]), operations[start].action)
        most = start + _OTHERWISE.get(what, _AT_ONCE)
        end = start + 1
        while (
            end < min(most, len(operations))
            and (kind_of(operations[end]), operations[end].action) == what
        ):
            end += 1
        yield slice(start, end)
        start = end


class Kernel:
    """Observe and change the network namespace where it was made, and the named ones it makes.

    ``netns`` names another one to be at home in. ``protected`` are the cards that nobody may
    touch. Its methods may be called from any thread; one does its work at a time. Not across a
    fork.
    """

    def __init__(self, netns: str | None = None, *, protected: Collection[str] = ()) -> None:
        self._thread = NamespaceThread(netns)
        self._protected = frozenset(protected)
        self._ways = ways.Resolved()
        self._session: Session | None = None
        self._stale = 0.0
        # Indexes that the kernel, which counts from 1, will not come to: what we make has an
        # index of our own choosing, and nobody else's link has it.
        self._indexes = itertools.count(random.randrange(1 << 26, 1 << 30))  # noqa: S311

    def close(self) -> None:
        """Give thread and files back."""
        self._thread.run(self._end_session)
        self._thread.close()

    def observe(self, lab: str, keys: Collection[Key] = ()) -> MachineState:
        """Everything of ``lab`` by its marks, and whatever else stands at ``keys``."""
        return self._thread.run(self._observe, lab, keys)

    def _observe(self, lab: str, keys: Collection[Key]) -> MachineState:
        self._end_session()
        with _no_collection():
            return observing.observe(self._thread, lab, keys)

    def inventory(
        self, name: str = "", controller: str = "", known: Inventory | None = None
    ) -> Inventory:
        """What this kernel can do and what is taken; ``controller`` is the host that the
        management NIC leads to. What it can do is not tried again where that is ``known``."""
        addresses = self._ways.addresses(controller)
        return self._thread.run(
            inventory.take, self._thread, name, self._protected, addresses, known
        )

    def watch(self, on_change: Callable[[], None]) -> KernelWatch:
        """Call ``on_change`` soon after links, addresses or routes changed, until closed."""
        return KernelWatch(self._thread, on_change)

    def batches(self, operations: Sequence[Operation]) -> Iterator[slice]:
        """See :func:`batches`."""
        return batches(operations)

    def refuse_odd(self, operations: Sequence[Operation], mark: Mark) -> None:
        """Raise OperationFailed where one of them may not be, whatever the job says."""
        refuse_odd(operations, mark, self._protected)

    def perform(
        self, operations: Sequence[Operation], mark: Mark, *, lent: Collection[str] = ()
    ) -> None:
        """Carry operations out in order; what is so already is left. ``lent`` are bridges of
        libvirt's networks that links of this lab may be ports of. Raises OperationFailed."""
        self.refuse_odd(operations, mark)
        self._thread.run(self._perform, operations, mark, lent)

    def _perform(self, operations: Sequence[Operation], mark: Mark, lent: Collection[str]) -> None:
        session = self._begin_session(mark)
        session.lent = lent
        try:
            for part in batches(operations):
                session.trim()
                with _no_collection():
                    _perform_batch(session, operations[part])
        except BaseException:
            self._end_session()
            raise
        self._thread.go("")

    def _begin_session(self, mark: Mark) -> Session:
        """The session of the batch before, if it is of the same run and not long ago: its sockets
        and indexes are good for this one too. It must not last, for it keeps namespaces alive."""
        now = time.monotonic()
        if self._session is not None and (self._session.mark != mark or now > self._stale):
            self._end_session()
        if self._session is None:
            self._session = Session(self._thread, mark, self._indexes)
            self._thread.later(_SESSION, self._end_if_stale)
        self._stale = now + _SESSION
        return self._session

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _end_if_stale(self) -> None:
        if self._session is None:
            return
        if time.monotonic() >= self._stale:
            self._end_session()
        else:
            self._thread.later(_SESSION, self._end_if_stale)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Ten thousands of objects come at once and none of them in a circle: to have Python look for
    circles time and again meanwhile costs a third of the whole."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _perform_batch(session: Session, operations: Sequence[Operation]) -> None:
    first = operations[0]
    act: Callable[[Session, Sequence[Operation]], None] = getattr(
        _ROOMS[kind_of(first)], first.action
    )
    try:
        refuse_foreign(session, operations)
        act(session, operations)
    except OSError as error:
        words = os.strerror(error.errno) if error.errno else str(error)
        raise OperationFailed(first, error.errno, words) from error
