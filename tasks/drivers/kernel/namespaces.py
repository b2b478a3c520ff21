"""Named network namespaces as ip-netns(8) has them: a file under /run/netns that holds one.

A namespace is marked on its loopback while it is still without a name: one with a name of ours
and no mark cannot come to be, however this program ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Sequence

from designer.machine.resources import Namespace
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import forwarding
from tasks.drivers.kernel.clearing import Pace
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.decode import LinkSeen, link
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import Failure, NetlinkSocket
from tasks.drivers.netlink.threads import HERE, NETNS_DIR, checked
from tasks.drivers.netlink.wire import Request

_MS_BIND, _MS_REC, _MS_SHARED = 1 << 12, 1 << 14, 1 << 20
_MNT_DETACH = 2
_LOOPBACK = 1
"""The index of the loopback, the first link of every namespace."""
_libc = ctypes.CDLL(None, use_errno=True)


def names() -> list[str]:
    """What goes by the name of a namespace here."""
    try:
        return sorted(os.listdir(NETNS_DIR))
    except FileNotFoundError:
        return []


def sweep(name: str) -> None:
    """Remove a file that holds no namespace, if it is empty: a kill can come between the file and
    the mount on it, and nothing on it can say whose it was but its name."""
    path = NETNS_DIR / name
    with contextlib.suppress(OSError):
        if path.is_file() and path.stat().st_size == 0:
            path.unlink()


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Make namespaces with their loopback up."""
    _prepare_directory(operations[0])
    try:
        for operation in operations:
            namespace = operation.after
            if isinstance(namespace, Namespace):
                _create(session, namespace, operation)
    except OSError as error:
        words = os.strerror(error.errno) if error.errno else str(error)
        raise OperationFailed(operation, error.errno, words) from error
    finally:
        session.thread.go("")
    _name_to_home(session, operations)


def _name_to_home(session: Session, operations: Sequence[Operation]) -> None:
    """Let the hypervisor's own namespace know each by an id: events reach only who knows."""
    steps = []
    for operation in operations:
        parts = wire.u32(c.NETNSA_FD, session.descriptor(operation.key[1])) + wire.attribute(
            c.NETNSA_NSID, b"\xff\xff\xff\xff"
        )
        request = Request(c.RTM_NEWNSID, bytes(4) + parts)
        steps.append(Step("", request, operation, passes=frozenset({errno.EEXIST})))
    session.carry_out(steps)


def _create(session: Session, namespace: Namespace, operation: Operation) -> None:
    path = NETNS_DIR / namespace.name
    if path.exists() and _exists(session, namespace.name):
        _adopt(session, namespace, operation)
        return
    try:
        session.thread.leave()
        socket = NetlinkSocket()
        session.know(namespace.name, socket, os.open(HERE, os.O_RDONLY | os.O_CLOEXEC))
        failure = _raise_loopback(socket, session.alias)
        if failure is not None:
            raise OperationFailed(operation, failure.errno, failure.words)
        if session.fresh_forwarding is None:
            session.fresh_forwarding = forwarding.read(socket)
        forwarding.put(namespace.forwarding, session.fresh_forwarding)
        # There can be a file that holds no namespace: a power cut or a kill leaves such.
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0))
        checked(_libc.mount(HERE.encode(), os.fsencode(path), b"none", _MS_BIND, None), "mount")
    except BaseException:
        session.forget(namespace.name)
        sweep(namespace.name)
        raise


def _raise_loopback(socket: NetlinkSocket, alias: str) -> Failure | None:
    body = wire.link_body(
        wire.text(c.IFLA_IFALIAS, alias), index=_LOOPBACK, flags=c.IFF_UP, change=c.IFF_UP
    )
    return socket.send([Request(c.RTM_NEWLINK, body)]).get(0)


def _exists(session: Session, name: str) -> bool:
    try:
        session.socket(name)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):  # EINVAL: setns on a file that is none
            return False
        raise
    return True


def loopback(socket: NetlinkSocket) -> LinkSeen | None:
    """The loopback of the socket's namespace, which carries the namespace's mark."""
    answer = socket.ask([Request(c.RTM_GETLINK, wire.link_body(index=_LOOPBACK))])[0]
    return link(answer, 0, len(answer.raw)) if isinstance(answer, Page) else None


def _demand_ours(session: Session, name: str, operation: Operation) -> LinkSeen:
    seen = loopback(session.socket(name))
    if seen is None or not session.is_ours(seen.alias):
        raise OperationFailed(
            operation,
            errno.EEXIST,
            f"the namespace {name} does not carry this lab's mark",
        )
    return seen


def _adopt(session: Session, namespace: Namespace, operation: Operation) -> None:
    seen = _demand_ours(session, namespace.name, operation)
    socket = session.socket(namespace.name)
    if not seen.up and (failure := _raise_loopback(socket, session.alias)):
        raise OperationFailed(operation, failure.errno, failure.words)
    session.thread.go(namespace.name)
    forwarding.put(namespace.forwarding, forwarding.read(socket))


def change(session: Session, operations: Sequence[Operation]) -> None:
    """Switch forwarding on or off."""
    for operation in operations:
        namespace = operation.after
        if not isinstance(namespace, Namespace):
            continue
        if not _exists(session, namespace.name):
            words = f"there is no network namespace {namespace.name}"
            raise OperationFailed(operation, errno.ENOENT, words)
        _demand_ours(session, namespace.name, operation)
        session.thread.go(namespace.name)
        now = forwarding.read(session.socket(namespace.name))
        forwarding.put(namespace.forwarding, now)


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Take the names away; the kernel takes down what was inside, in its own time."""
    session.made.clear()
    session.thread.go("")
    with contextlib.closing(Pace()) as pace:
        for operation in operations:
            if (NETNS_DIR / operation.key[1]).exists():
                _delete(session, operation.key[1], operation)
                pace.gone()


def _delete(session: Session, name: str, operation: Operation) -> None:
    if _exists(session, name):
        _demand_ours(session, name, operation)
    session.forget(name)
    path = NETNS_DIR / name
    try:
        checked(_libc.umount2(os.fsencode(path), _MNT_DETACH), "umount")
    except OSError as error:
        if error.errno != errno.EINVAL:  # EINVAL: nothing is mounted there
            words = os.strerror(error.errno or 0)
            raise OperationFailed(operation, error.errno, words) from error
    path.unlink(missing_ok=True)


def _prepare_directory(operation: Operation) -> None:
    """Make /run/netns a shared mount, as ip-netns does: names then come and go in every mount
    namespace at once, and none is kept alive by a copy elsewhere."""
    try:
        NETNS_DIR.mkdir(parents=True, exist_ok=True)
        where = os.fsencode(NETNS_DIR)
        flags = ctypes.c_ulong(_MS_SHARED | _MS_REC)
        if _libc.mount(b"", where, b"none", flags, None) == 0:
            return
        if ctypes.get_errno() == errno.EINVAL:  # not a mount yet
            bind = ctypes.c_ulong(_MS_BIND | _MS_REC)
            checked(_libc.mount(where, where, b"none", bind, None), "mount")
        checked(_libc.mount(b"", where, b"none", flags, None), "mount")
    except OSError as error:
        words = f"{NETNS_DIR}: {os.strerror(error.errno or 0)}"
        raise OperationFailed(operation, error.errno, words) from error
