"""Read a lab back, and find that there is nothing to do: L links beside the same of `ip`."""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial

from designer.planner import plan
from tasks.drivers.kernel.watching import listener
from tests.bench.grounds import on_fresh_ground, settle
from tests.bench.labs import LAB, Mode
from tests.bench.ours import Ours
from tests.bench.tables import Table, ratio, seconds

TITLE = "Observe L links; deploy again with nothing to do"
SIZES: Sequence[tuple[Mode, int]] = (("flat", 400), ("flat", 2000), ("hosts", 400), ("hosts", 2000))
MOST_QUICK = 400
ROUNDS = 5


def _once(links: int, mode: Mode) -> dict[str, float]:
    ours = Ours(links, mode)
    ours.up()
    settle()

    def by_ip(*arguments: str) -> None:
        done = subprocess.run(["ip", "-j", *arguments], capture_output=True, check=True)
        json.loads(done.stdout)

    def again() -> None:
        seen = ours.kernel.observe(LAB, ours.state.resources)
        operations = plan(ours.state, seen, LAB).operations
        assert not operations
        ours.perform(operations)

    ways: dict[str, Callable[[], object]] = {
        "ip -j -d link": partial(by_ip, "-d", "link"),
        "ip -j addr": partial(by_ip, "addr"),
        "observe": partial(ours.kernel.observe, LAB, ours.state.resources),
        "again": again,
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - begun)
    with contextlib.closing(listener()) as events:
        _until_silent(events)
        again()
        events.setblocking(False)
        writes = 0
        with contextlib.suppress(BlockingIOError):
            while events.recv(65536):
                writes += 1
    ours.prepare_down()
    ours.down()
    return {name: statistics.median(several) for name, several in took.items()} | {
        "writes": float(writes)
    }


def _until_silent(events: socket.socket) -> None:
    """Carriers are announced late, and a link once more when no IPv6 router answered for 12 s."""
    events.settimeout(15)
    with contextlib.suppress(TimeoutError):
        while True:
            try:
                events.recv(65536)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise


def run(quick: bool) -> Table:
    table = Table(
        TITLE,
        ("mode, links", "ip -j -d link", "ip -j addr", "observe", "observe/ip", "again", "writes"),
        notes=["ip reads the hypervisor's own namespace only; observe the containers too",
               "goals: flat 2,000: observe ≤ ip -j -d link; again ≤ 1 s with no kernel write"],
    )  # fmt: skip
    for mode, links in SIZES:
        if quick and links > MOST_QUICK:
            continue
        took = on_fresh_ground(_once, links, mode)
        table.rows.append(
            (
                f"{mode} {links:,}",
                seconds(took["ip -j -d link"]),
                seconds(took["ip -j addr"]),
                seconds(took["observe"]),
                ratio(took["observe"], took["ip -j -d link"]),
                seconds(took["again"]),
                f"{took['writes']:.0f}",
            )
        )
    return table
