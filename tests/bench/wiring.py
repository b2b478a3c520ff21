"""Deploy and destroy L links by our executor alone, by `ip -batch`, and by bare netlink."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tests.bench.batch import IpBatch
from tests.bench.floor import Floor
from tests.bench.grounds import in_turns, on_fresh_ground, settle
from tests.bench.labs import Mode
from tests.bench.ours import Ours
from tests.bench.tables import Table, ratio, seconds

TITLE = "Executor alone: L veth links, deployed and destroyed"
Wiring = Floor | IpBatch | Ours
WAYS: Mapping[str, Callable[[int, Mode, int], Wiring]] = {
    "floor": Floor,
    "ip -batch": IpBatch,
    "ours": Ours,
}
SIZES: Sequence[tuple[Mode, int, int, int]] = (
    ("flat", 40, 4, 5),
    ("flat", 400, 4, 3),
    ("flat", 2000, 4, 3),
    ("hosts", 40, 4, 5),
    ("hosts", 400, 4, 3),
    ("hosts", 400, 20, 3),
    ("hosts", 2000, 4, 3),
)
"""Mode, links, links to a bridge, rounds."""
MOST_QUICK = 400


def once(way: str, links: int, mode: Mode, per_bridge: int) -> dict[str, float]:
    """Seconds to deploy and to destroy, on this ground."""
    wiring = WAYS[way](links, mode, per_bridge)
    begun = time.perf_counter()
    wiring.up()
    up = time.perf_counter() - begun
    if isinstance(wiring, Ours):
        wiring.prepare_down()
    settle()  # what the deploy left for the kernel to do is not the destroy's
    begun = time.perf_counter()
    wiring.down()
    return {"up": up, "down": time.perf_counter() - begun}


def run(quick: bool) -> Table:
    table = Table(
        TITLE,
        ("mode, links / on a bridge", "floor", "ip -batch", "ours", "ours/floor", "batch/ours",
         "µs a link", "down: floor", "ip -batch", "ours", "ours/floor", "batch/ours"),
        notes=["floor: own netlink messages in Python, no marks, checks or plan (floor.py)",
               "goals: ours/floor ≤ 1.5, down ≤ 2; batch/ours down ≥ 10 for 400 on 20 bridges;",
               "       µs a link at 2,000 ≤ 1.3 × those at 40"],
    )  # fmt: skip
    for mode, links, per_bridge, rounds in SIZES:
        if quick and links > MOST_QUICK:
            continue
        ways = {way: partial(on_fresh_ground, once, way, links, mode, per_bridge) for way in WAYS}
        took = in_turns(ways, rounds, once=["ip -batch"] if links > MOST_QUICK else [])
        floor, batch, ours = took["floor"], took["ip -batch"], took["ours"]
        table.rows.append(
            (
                f"{mode} {links:,} / {per_bridge}",
                seconds(floor["up"]),
                seconds(batch["up"]),
                seconds(ours["up"]),
                ratio(ours["up"], floor["up"]),
                ratio(batch["up"], ours["up"]),
                f"{ours['up'] / links * 1e6:.0f}",
                seconds(floor["down"]),
                seconds(batch["down"]),
                seconds(ours["down"]),
                ratio(ours["down"], floor["down"]),
                ratio(batch["down"], ours["down"]),
            )
        )
    return table
