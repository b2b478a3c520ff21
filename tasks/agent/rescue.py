"""The watchdog: puts back what was saved unless it is called off in time.

    python -m tasks.agent.rescue FILE [--detach]

A process of its own, so that nothing that happens to the agent keeps it from its work: with
``--detach`` in a session of its own, whose parent ends once it watches; without where systemd
starts it as a unit. It loads all that it needs before it says that it watches. FILE is called off
by being renamed or removed: see `tasks.agent.guard`.

Putting back is the planner's own way back, of cards and their bridges alone: with what is saved as
the state to reach, the addresses and routes among it that the kernel dropped meanwhile included.
The rest of the lab is the agent's to take away.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from designer.machine.held import Held
from designer.machine.marks import Mark
from designer.machine.resources import Address, Bridge, Physical, Route
from designer.planner import Operation, undo
from designer.planner.moving import remembering
from designer.wire import state_from_json
from tasks.agent import disk
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import Kernel
from tasks.drivers.managers import Managers

log = logging.getLogger("trunkline.rescue")

STATES = ("armed", "restoring", "restored", "confirmed")
"""Suffixes of the files beside what is saved."""
_LOOK_EVERY = 0.05
_TRIES = 5
_BETWEEN = 0.5
"""Seconds."""
_held = TypeAdapter(dict[str, Held])


def read_held(text: bytes) -> dict[str, Held]:
    """What is held, by card. Raises ValueError."""
    return _held.validate_json(text)


def now() -> float:
    """Seconds since the machine was started, its sleep included; the same for all processes."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Of this start of the machine (random(4))."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def is_watchdog(pid: int) -> bool:
    """Whether this process is one of us, and lives."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return stat != "Z" and b"tasks.agent.rescue" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, IndexError):
        return False


def watch(path: Path) -> None:
    """Say that we watch, wait until called off or until the time is over, and then put back."""
    seconds = float(json.loads(path.read_bytes())["seconds"])
    deadline = now() + seconds
    armed = json.dumps({"pid": os.getpid(), "deadline": deadline}).encode()
    disk.replace(path.with_suffix(".armed"), armed)
    while now() < deadline:
        if not path.exists():
            return
        time.sleep(_LOOK_EVERY)
    restoring = path.with_suffix(".restoring")
    try:
        path.rename(restoring)
    except FileNotFoundError:
        return
    restore(restoring)


def restore(path: Path) -> None:
    """Put back what is saved in this file, and write down what came of it. Never raises for what
    the kernel refuses: that is written down."""
    saved = json.loads(path.read_bytes())
    failed = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_BETWEEN)
        try:
            failed = _restore(saved)
        except (OSError, OperationFailed) as error:
            failed = getattr(error, "words", "") or str(error)
            log.exception("Putting back what %s says failed", path)
        if not failed:
            break
    told = {"cards": saved["cards"], "failed": failed}
    disk.replace(path.with_suffix(".restored"), json.dumps(told).encode())
    path.unlink(missing_ok=True)


def _restore(saved: dict[str, Any]) -> str:
    """What is still not as it was, in words, or nothing."""
    lab = saved["lab"]
    before = state_from_json(saved["before"])
    held = read_held(to_json(saved["held"]))
    keys = {*before.resources, *(("link", "", card) for card in saved["cards"])}
    with contextlib.closing(Kernel()) as kernel:

        def left() -> list[Operation]:
            observed = remembering(kernel.observe(lab, keys), held, lab, all_of_it=True)
            return [one for one in undo(before, observed, lab).operations if _is_ours(one)]

        operations = left()
        for one in operations:
            kernel.perform([one], Mark(lab, saved["deployment"]))
        Managers().after(operations, lab)
        return " ".join(one.reason for one in left())


def _is_ours(one: Operation) -> bool:
    """Cards, the bridges that they need, and what the lab itself had on these. What the lab has
    beyond that can wait for the agent."""
    match one.after or one.before:
        case Physical():
            return True
        case Bridge(netns=""):
            return one.action != "delete"
        case Address(netns="") | Route(netns=""):
            return True
    return False


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0: it watches (``--detach``), or has done its work."""
    parser = argparse.ArgumentParser(prog="python -m tasks.agent.rescue", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--detach", action="store_true")
    arguments = parser.parse_args(argv)
    if arguments.detach and _is_parent(arguments.file):
        return 0
    logging.basicConfig(level=logging.INFO)
    watch(arguments.file)
    return 0


def _is_parent(path: Path) -> bool:
    """Fork twice (daemon(7)): whoever started us waits for the first, the last is nobody's."""
    armed = path.with_suffix(".armed")
    if os.fork():
        while not armed.exists() and path.exists():
            time.sleep(_LOOK_EVERY / 5)
        return True
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    with open(os.devnull, "r+b", buffering=0) as nothing, contextlib.suppress(OSError):
        for descriptor in (0, 1, 2):
            os.dup2(nothing.fileno(), descriptor)
    return False


if __name__ == "__main__":
    sys.exit(main())
