"""While a lab is destroyed, how long must a link operation elsewhere wait for the kernel's lock?"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from collections.abc import Sequence
from functools import partial

from tasks.drivers.netlink.constants import CLONE_NEWNET
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.threads import unshare
from tests.bench.grounds import in_turns, on_fresh_ground, settle, toggle
from tests.bench.labs import Mode
from tests.bench.ours import Ours
from tests.bench.tables import Table, seconds
from tests.bench.wiring import WAYS

TITLE = "While destroying: the longest wait of an unrelated namespace for a link operation"
SIZES: Sequence[tuple[Mode, int, int]] = (
    ("flat", 100, 4), ("hosts", 400, 20), ("hosts", 2000, 20),
)  # fmt: skip
MOST_QUICK = 400
ROUNDS = 3


class Bystander:
    """A process in a namespace of its own that sets its loopback down and up without rest. It has
    real-time priority: what it waits for is the kernel's lock and not a turn on the processor."""

    def __init__(self) -> None:
        self._reading, writing = os.pipe()
        asked, self._ask = os.pipe()
        self._child = os.fork()
        if self._child:
            os.close(writing)
            os.close(asked)
            os.read(self._reading, 1)
            return
        status = 1
        try:
            os.close(self._ask)
            os.set_blocking(asked, False)
            self._stand_by(asked, writing)
            status = 0
        finally:
            os._exit(status)

    def _stand_by(self, asked: int, writing: int) -> None:
        unshare(CLONE_NEWNET)
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        waits = []
        with NetlinkSocket() as socket:
            os.write(writing, b".")
            while True:
                waits.append(toggle(socket))
                with contextlib.suppress(BlockingIOError):
                    os.read(asked, 1)
                    break
                time.sleep(0.002)
        os.write(writing, pickle.dumps(max(waits)))

    def longest(self) -> float:
        """End it; the longest wait in seconds."""
        os.close(self._ask)
        answer = os.read(self._reading, 4096)
        os.close(self._reading)
        os.waitpid(self._child, 0)
        found: float = pickle.loads(answer)  # noqa: S301  (our own child wrote it)
        return found


def _once(way: str, links: int, mode: Mode, per_bridge: int) -> dict[str, float]:
    wiring = WAYS[way](links, mode, per_bridge)
    wiring.up()
    if isinstance(wiring, Ours):
        wiring.prepare_down()
    settle()
    bystander = Bystander()
    begun = time.perf_counter()
    wiring.down()
    took = time.perf_counter() - begun
    settle()  # what goes on in the background counts
    return {"longest": bystander.longest(), "took": took}


def run(quick: bool) -> Table:
    table = Table(
        TITLE,
        ("mode, links / on a bridge", *(word for way in WAYS for word in (way, "destroy"))),
        notes=["goal: ours ≤ 50 ms"],
    )
    for mode, links, per_bridge in SIZES:
        if quick and links > MOST_QUICK:
            continue
        ways = {way: partial(on_fresh_ground, _once, way, links, mode, per_bridge) for way in WAYS}
        took = in_turns(ways, ROUNDS, once=["ip -batch"])
        cells = [seconds(took[way][what]) for way in WAYS for what in ("longest", "took")]
        table.rows.append((f"{mode} {links:,} / {per_bridge}", *cells))
    return table
