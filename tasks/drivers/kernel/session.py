"""One run of operations: its sockets, one to a namespace, and how its requests are sent."""

from __future__ import annotations

import errno
import itertools
import os
import resource
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from designer.machine.marks import Mark, group_of, parse
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.netlink.sockets import Failure, NetlinkSocket
from tasks.drivers.netlink.threads import NETNS_DIR, NamespaceThread
from tasks.drivers.netlink.wire import Request

_MOST_FILES = 2048
_TRIES = 6
_PAUSE = 0.02
"""Seconds before the first further try; doubled each time: 0.6 s in all."""
_PASSING = frozenset({errno.EBUSY, errno.EAGAIN})


@dataclass(frozen=True, slots=True)
class Step:
    """One request of an operation, to the namespace in which it has to be made. Failures with
    an error number of ``passes`` are none: what it wants is so already."""

    netns: str
    request: Request
    operation: Operation
    passes: frozenset[int] = frozenset()


class Session:
    """For the namespace thread only. Close it to give its sockets back."""

    def __init__(self, thread: NamespaceThread, mark: Mark, indexes: itertools.count[int]) -> None:
        self.thread = thread
        self.mark = mark
        self.alias = str(mark)
        self.group = group_of(mark.lab)
        self.indexes = indexes
        """Fresh interface indexes: of our own choosing, so that nothing has to be looked up."""
        self.made: dict[tuple[str, str], int] = {}
        """Indexes of the links made in this run, by namespace and name."""
        self.lent: Collection[str] = ()
        """Bridges of libvirt's networks, in the hypervisor's own namespace, that this lab's links
        may be ports of: they carry no mark that the kernel could show."""
        self.vouched: set[str] = set()
        """Named namespaces found or made to carry this lab's mark."""
        self.fresh_forwarding: tuple[bool | None, bool | None] | None = None
        """What a new namespace does in IPv4 and IPv6, once one was asked."""
        self._most_files = min(_MOST_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
        self._sockets: dict[str, NetlinkSocket] = {}
        self._descriptors: dict[str, int] = {}

    def close(self) -> None:
        for socket in self._sockets.values():
            socket.close()
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._sockets.clear()
        self._descriptors.clear()
        self.thread.go("")

    def trim(self) -> None:
        """Keep the number of open files bounded; between what uses them."""
        if len(self._sockets) + len(self._descriptors) > self._most_files:
            self.close()

    def socket(self, netns: str) -> NetlinkSocket:
        """A socket in that namespace, to be used at once: it may have to make room for another.
        Raises FileNotFoundError where there is no such namespace."""
        found = self._sockets.get(netns)
        if found is None:
            if len(self._sockets) >= self._most_files:
                self._sockets.pop(next(iter(self._sockets))).close()
            self.thread.go(netns)
            found = self._sockets[netns] = NetlinkSocket()
        return found

    def descriptor(self, netns: str) -> int:
        """An open file that stands for that namespace in a request."""
        if netns == "":
            return self.thread.home
        found = self._descriptors.get(netns)
        if found is None:
            found = os.open(NETNS_DIR / netns, os.O_RDONLY | os.O_CLOEXEC)
            self._descriptors[netns] = found
        return found

    def know(self, netns: str, socket: NetlinkSocket, descriptor: int) -> None:
        """Keep the socket and the file of a namespace that was just made."""
        self.forget(netns)
        self._sockets[netns] = socket
        self._descriptors[netns] = descriptor
        self.vouched.add(netns)

    def forget(self, netns: str) -> None:
        """Let go of a namespace, so that nothing of ours keeps it alive."""
        self.vouched.discard(netns)
        if socket := self._sockets.pop(netns, None):
            socket.close()
        if descriptor := self._descriptors.pop(netns, None):
            os.close(descriptor)
        if self.thread.here == netns:
            self.thread.go("")

    def is_ours(self, alias: str) -> bool:
        """Whether this alias is a mark of the lab that this run is for."""
        mark = parse(alias)
        return mark is not None and mark.lab == self.mark.lab

    def send(self, steps: Sequence[Step]) -> list[tuple[Step, Failure]]:
        """Carry steps out, each namespace's in order; what still failed after further tries.

        Where the kernel was busy, all steps of that operation are sent again: they are made so
        that a second time does no harm.
        """
        failed = self._send(steps)
        pause = _PAUSE
        for _ in range(_TRIES - 1):
            busy = {id(step.operation) for step, why in failed if why.errno in _PASSING}
            if not busy:
                break
            time.sleep(pause)
            pause *= 2
            failed = [one for one in failed if id(one[0].operation) not in busy]
            failed += self._send([step for step in steps if id(step.operation) in busy])
        return failed

    def _send(self, steps: Sequence[Step]) -> list[tuple[Step, Failure]]:
        by_netns: dict[str, list[Step]] = {}
        for step in steps:
            by_netns.setdefault(step.netns, []).append(step)
        failed = []
        for netns, group in by_netns.items():
            try:
                socket = self.socket(netns)
            except FileNotFoundError:
                gone = Failure(errno.ENOENT, f"there is no network namespace {netns}")
                failed += [(step, gone) for step in group if errno.ENOENT not in step.passes]
                continue
            failures = socket.send([step.request for step in group])
            for place, failure in failures.items():
                if failure.errno not in group[place].passes:
                    failed.append((group[place], failure))
        return failed

    def carry_out(self, steps: Sequence[Step]) -> None:
        """Send steps and raise OperationFailed for the first operation of which one failed."""
        raise_first(self.send(steps), (step.operation for step in steps))


def raise_first(failed: list[tuple[Step, Failure]], order: Iterable[Operation]) -> None:
    """Raise for the failure that comes first in the order of the plan, if there is any."""
    if not failed:
        return
    if len(failed) > 1:
        place = {id(operation): number for number, operation in reversed(list(enumerate(order)))}
        failed.sort(key=lambda one: place.get(id(one[0].operation), -1))
    step, why = failed[0]
    raise OperationFailed(step.operation, why.errno, why.words)
