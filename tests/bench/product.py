"""The whole product: from the accepted request to verified, and to nothing again."""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import designer.files
from designer.topology import document
from tasks.sandbox.up import Up
from tests.bench.grounds import in_turns, on_fresh_ground
from tests.bench.labs import address
from tests.bench.tables import Table, ratio, seconds
from tests.bench.wiring import once
from tests.e2e.session import Session

TITLE = "Whole deployment: request accepted → planned, journaled, done, observed again, verified"
SIZES = ((40, 20), (400, 20), (2000, 20))
MOST_QUICK = 400
ROUNDS = 3
POLL = 0.02  # s
WITHIN = 600.0  # s


def design(containers: int, per_bridge: int) -> str:
    """A design file: containers on bridges, one host."""
    nodes: dict[str, Any] = {"h1": {"kind": "host"}}
    interfaces: dict[str, Any] = {}
    links: dict[str, Any] = {}
    for number in range((containers + per_bridge - 1) // per_bridge):
        nodes[f"br{number}"] = {"kind": "bridge", "host": "h1"}
    for number in range(containers):
        near, bridge = f"c{number}", f"br{number // per_bridge}"
        nodes[near] = {"kind": "container", "host": "h1"}
        interfaces[f"{near}:eth0"] = {"node": near, "addresses": [address(number)]}
        interfaces[f"{bridge}:p{number}"] = {"node": bridge}
        links[f"l{number}"] = {"a": f"{near}:eth0", "b": f"{bridge}:p{number}"}
    tables = {"nodes": nodes, "interfaces": interfaces, "links": links}
    name = f"{containers} containers"
    return designer.files.dump_json(document.read({"trunkline": 1, "name": name, **tables}))


def carried_out(session: Session, lab: str, kind: str) -> float:
    """Seconds until a deployment is done. Raises RuntimeError with its words where it fails."""
    begun = time.perf_counter()
    path = f"/api/labs/{lab}/deployments"
    made = session.post(path, {"kind": kind})
    while made["state"] in ("planning", "planned", "applying"):
        if time.perf_counter() - begun > WITHIN:
            raise RuntimeError(f"{kind} is not done after {WITHIN:.0f} s")
        time.sleep(POLL)
        made = session.get(f"/api/deployments/{made['id']}")
    if made["state"] != "done":
        raise RuntimeError(f"{kind}: {made['state']}: {made['message']} {made['parts']}")
    return time.perf_counter() - begun


def run(quick: bool) -> Table:
    table = Table(
        TITLE,
        ("containers / on a bridge", "ip -batch", "deploy", "batch/deploy", "again",
         "down: ip -batch", "destroy", "batch/destroy"),
        notes=["again: a second deploy with nothing to do",
               "goals: faster than ip -batch for 400 on 20 bridges; again ≤ 1 s for 2,000"],
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        up = Up(Path(folder), ("hv1",), port=8300)
        try:
            login = up.start()
            session = Session(up.web.url, login["username"], login["password"])
            for containers, per_bridge in SIZES:
                if not quick or containers <= MOST_QUICK:
                    table.rows.append(_row(session, containers, per_bridge))
        finally:
            up.stop()
    return table


def _row(session: Session, containers: int, per_bridge: int) -> tuple[str, ...]:
    text = design(containers, per_bridge)
    lab = session.post("/api/labs", {"name": f"{containers} containers", "text": text})["id"]
    rounds = 1 if containers > MOST_QUICK else ROUNDS
    deploy, again, destroy = [], [], []
    for _ in range(rounds):
        deploy.append(carried_out(session, lab, "deploy"))
        again.append(carried_out(session, lab, "deploy"))
        destroy.append(carried_out(session, lab, "destroy"))
    session.delete(f"/api/labs/{lab}")
    hand = partial(on_fresh_ground, once, "ip -batch", containers, "hosts", per_bridge)
    batch = in_turns({"ip -batch": hand}, rounds)["ip -batch"]
    ours_up, ours_down = statistics.median(deploy), statistics.median(destroy)
    return (
        f"{containers:,} / {per_bridge}",
        seconds(batch["up"]),
        seconds(ours_up),
        ratio(batch["up"], ours_up),
        seconds(statistics.median(again)),
        seconds(batch["down"]),
        seconds(ours_down),
        ratio(batch["down"], ours_down),
    )
