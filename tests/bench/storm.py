"""Changes as fast as the kernel makes them: is the end seen, and at what cost?"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from pathlib import Path

from tasks.drivers.kernel import Kernel
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request
from tests.bench.grounds import on_fresh_ground
from tests.bench.tables import Table, seconds

TITLE = "Event storm: a link's MTU changed N times, a listener that reads the state again"
SIZES = (2_000, 20_000)
_INDEX = 4711
_PATIENCE = 30.0


def _once(changes: int) -> dict[str, float]:
    kernel = Kernel()
    key = ("link", "", "storm")
    final = 1000 + changes % 2
    done = threading.Event()
    calls = 0

    def on_change() -> None:
        nonlocal calls
        calls += 1
        seen = kernel.observe("stormlab", [key]).get(key)
        if seen is not None and getattr(seen, "mtu", 0) == final and stopped.is_set():
            done.set()

    stopped = threading.Event()
    info = wire.nest(c.IFLA_LINKINFO, wire.text(c.IFLA_INFO_KIND, "bridge"))
    body = wire.link_body(
        wire.text(c.IFLA_IFNAME, "storm"), info, index=_INDEX, flags=c.IFF_UP, change=c.IFF_UP
    )
    requests = [
        Request(
            c.RTM_NEWLINK,
            wire.link_body(wire.u32(c.IFLA_MTU, 1000 + number % 2), index=_INDEX),
        )
        for number in range(changes + 1)
    ]
    with NetlinkSocket() as socket, contextlib.closing(kernel.watch(on_change)):
        socket.send([Request(c.RTM_NEWLINK, body, c.NLM_F_CREATE)])
        gc.collect()
        before = _resident()
        begun = time.perf_counter()
        socket.send(requests[:-1])
        storm = time.perf_counter() - begun
        stopped.set()
        socket.send(requests[-1:])
        begun = time.perf_counter()
        exact = done.wait(_PATIENCE)
        late = time.perf_counter() - begun
    grown = _resident() - before
    kernel.close()
    return {
        "rate": changes / storm,
        "exact": float(exact),
        "late": late,
        "calls": float(calls),
        "grown": grown / 1024,
    }


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def run(quick: bool) -> Table:
    table = Table(
        TITLE,
        ("changes", "a second", "end seen", "after the last", "calls", "memory grown"),
        notes=["goals: the end is seen exactly, no restart, memory flat"],
    )
    for changes in SIZES[:1] if quick else SIZES:
        took = on_fresh_ground(_once, changes)
        table.rows.append(
            (
                f"{changes:,}",
                f"{took['rate']:,.0f}",
                "yes" if took["exact"] else "NO",
                seconds(took["late"]),
                f"{took['calls']:.0f}",
                f"{took['grown']:,.0f} KiB",
            )
        )
    return table
