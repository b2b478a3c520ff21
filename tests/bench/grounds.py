"""Fresh ground for each measurement: a process in network and mount namespaces of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.threads import checked, unshare
from tasks.drivers.netlink.wire import Request

T = TypeVar("T")
_MS_REC, _MS_PRIVATE = 1 << 14, 1 << 18
_CALM = 0.03
"""Seconds within which a veth comes and goes on a kernel with nothing else to do."""
_PATIENCE = 60.0
_libc = ctypes.CDLL(None, use_errno=True)


def on_fresh_ground(work: Callable[..., T], *arguments: object) -> T:
    """Call this in a child with an empty network and /run; its result, or its error, comes back.

    Waits first until the kernel has cleared away what an earlier one left.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            _furnish()
            settle()
            answer = pickle.dumps(work(*arguments))
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
            status = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if status or not answer:
        raise RuntimeError(f"{work.__name__}{arguments} failed; see above")
    result: T = pickle.loads(answer)  # noqa: S301  (our own child wrote it)
    return result


def _furnish() -> None:
    unshare(c.CLONE_NEWNET | c.CLONE_NEWNS)

    def mount(source: str, target: str, kind: str, flags: int = 0) -> None:
        checked(
            _libc.mount(
                source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None
            ),
            f"mount {target}",
        )

    mount("none", "/", "none", _MS_REC | _MS_PRIVATE)
    mount("tmpfs", "/run", "tmpfs")
    with contextlib.suppress(OSError):  # needs a namespace's own /sys only for what is in /sys
        mount("sysfs", "/sys", "sysfs")
    with NetlinkSocket() as socket:
        body = wire.link_body(index=1, flags=c.IFF_UP, change=c.IFF_UP)
        socket.send([Request(c.RTM_NEWLINK, body)])


def settle() -> None:
    """Wait until link operations are quick again: namespaces are cleared in the background."""
    deadline = time.monotonic() + _PATIENCE
    calm = 0
    with NetlinkSocket() as socket:
        while calm < 3 and time.monotonic() < deadline:
            calm = calm + 1 if toggle(socket) < _CALM else 0
            time.sleep(0.02)


def toggle(socket: NetlinkSocket) -> float:
    """Seconds that one small link operation takes, the kernel's lock included."""
    begun = time.perf_counter()
    for flags in (0, c.IFF_UP):
        socket.send([Request(c.RTM_NEWLINK, wire.link_body(index=1, flags=flags, change=1))])
    return time.perf_counter() - begun


def in_turns(
    ways: Mapping[str, Callable[[], Mapping[str, float]]],
    rounds: int,
    once: Collection[str] = (),
) -> dict[str, dict[str, float]]:
    """Medians of what each way measured, the ways taken in turns; those of ``once``, which take
    minutes, in the first round only."""
    found: dict[str, list[Mapping[str, float]]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, measure in ways.items():
            if number == 0 or name not in once:
                found[name].append(measure())
    return {name: medians(several) for name, several in found.items()}


def medians(several: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {key: statistics.median(one[key] for one in several) for key in several[0]}
