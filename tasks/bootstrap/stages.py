"""What `make test` runs, in order, as data. `make lint` runs those named "lint".

Two lanes run side by side: the second begins with the tests that wait most, for an emulated
processor or for what the whole product does in its own time, and whichever has nothing left takes
what the other has not begun. What the second lane says is shown when its stage has ended, so that
nothing is mixed. Stages that want the machine to themselves come after both.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from tasks.bootstrap.inventory import Inventory
from tasks.bootstrap.shell import CHECKOUT, VAR, VENV, Failed, say, sudo

_BIN = VENV / "bin"
_PYTEST = (str(_BIN / "pytest"), "-q")
_MANAGE = (str(_BIN / "python"), str(CHECKOUT / "manage.py"))
_REAL = "kernel or libvirt"


@dataclass(frozen=True)
class Stage:
    """One command. With `counts` its tests are counted one by one, else it counts as one."""

    name: str
    command: Sequence[str]
    folder: Path = CHECKOUT
    root: bool = False
    """Works on the kernel: under sudo when we are not root."""
    counts: bool = False
    """Writes a JUnit report to the path that stands for {report} in its command."""
    aside: bool = False
    """Belongs to the second lane, beside the stages of the main one."""
    alone: bool = False
    """Runs when both lanes have ended."""


STAGES = (
    Stage("lint: ruff", (str(_BIN / "ruff"), "check", "--quiet", ".")),
    Stage("lint: format", (str(_BIN / "ruff"), "format", "--check", "--quiet", ".")),
    Stage("lint: types", (str(_BIN / "mypy"), "designer", "tasks", "tests")),
    Stage("lint: layers", (str(_BIN / "lint-imports"), "--no-cache")),
    Stage("lint: Django", (*_MANAGE, "check", "--fail-level", "WARNING")),
    Stage("lint: migrations", (*_MANAGE, "makemigrations", "--check", "--dry-run")),
    Stage("lint: generated files", (str(_BIN / "python"), "-m", "tasks.bootstrap.generated")),
    Stage("lint: front end", ("npm", "run", "--silent", "lint"), CHECKOUT / "frontend"),
    Stage("lint: front-end types", ("npm", "run", "--silent", "typecheck"), CHECKOUT / "frontend"),
    Stage("lint: requirements", (str(_BIN / "python"), "-m", "tasks.bootstrap.locks")),
    Stage(
        "front-end unit tests",
        ("npm", "run", "--silent", "test", "--", "--reporter=default", "--reporter=junit",
         "--outputFile.junit={report}"),
        CHECKOUT / "frontend",
        counts=True,
    ),
    Stage(
        "fast tests",
        (*_PYTEST, "-n", "2", "-m", f"not ({_REAL} or browser)", "--junitxml={report}"),
        counts=True,
    ),
    Stage(
        "database tests on PostgreSQL",
        (str(_BIN / "python"), "-m", "tests.postgres", *_PYTEST, "-n", "2",
         "tests/labs", "tests/images", "tests/deploy", "tests/live", "tests/api", "tests/cli",
         "-m", f"not ({_REAL} or browser)", "--junitxml={report}"),
        counts=True,
    ),
    Stage(
        "tests in kernels of their own",
        (*_PYTEST, "-m", f"({_REAL}) and own_kernel and not browser", "--junitxml={report}"),
        root=True,
        counts=True,
        aside=True,
    ),
    Stage(
        "tests of the whole product",
        (*_PYTEST, "-m", f"({_REAL}) and whole_product and not (own_kernel or browser)",
         "--junitxml={report}"),
        root=True,
        counts=True,
        aside=True,
    ),
    Stage(
        "libvirt tests",
        (*_PYTEST, "-m", "libvirt and not (own_kernel or whole_product or browser)",
         "--junitxml={report}"),
        root=True,
        counts=True,
    ),
    Stage(
        "kernel tests",
        (*_PYTEST, "-m", "kernel and not (libvirt or own_kernel or whole_product or browser)",
         "--junitxml={report}"),
        root=True,
        counts=True,
    ),
    Stage(
        "browser tests",
        (*_PYTEST, "-m", "browser", "--junitxml={report}"),
        root=True,
        counts=True,
        alone=True,
    ),
)  # fmt: skip


@dataclass
class Tally:
    """What came out so far."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    times: list[tuple[str, float, bool]] = field(default_factory=list)
    _adding: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, stage: str, passed: int, failed: int, seconds: float, *, skipped: int = 0
    ) -> None:
        """Count one stage; from any lane."""
        with self._adding:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped
            self.times.append((stage, seconds, failed == 0))


def run(stages: Sequence[Stage], *, leak_check: bool) -> int:
    """Run every stage, whatever fails; print a time for each and the sum on the last line."""
    tally = Tally()
    before = Inventory.take() if leak_check else None
    waiting = _Waiting(stages)
    with _Aside(waiting, tally) if waiting.fill_both else nullcontext():
        _run_in_order(waiting.main, tally)
    _run_in_order([stage for stage in stages if stage.alone], tally)
    if before is not None:
        _check_leaks(before, tally)
    say("")
    for name, seconds, good in tally.times:
        say(f"  {'ok    ' if good else 'FAILED'}  {seconds:7.1f} s  {name}")
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    say(f"{tally.passed} passed, {tally.failed} failed{skipped}")
    return 1 if tally.failed else 0


def _run_in_order(stages: Iterable[Stage], tally: Tally) -> None:
    for stage in stages:
        _run_one(stage, tally)


class _Waiting:
    """The stages of both lanes that have not begun. Each lane takes its own first, in order, then
    the other's, from the end."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._main = deque(stage for stage in stages if not (stage.aside or stage.alone))
        self._aside = deque(stage for stage in stages if stage.aside)
        self._taking = threading.Lock()

    @property
    def fill_both(self) -> bool:
        """Whether there is something for either lane."""
        return bool(self._main and self._aside)

    @property
    def main(self) -> Iterator[Stage]:
        """What the main lane runs."""
        return iter(partial(self._take, self._main, self._aside), None)

    @property
    def aside(self) -> Iterator[Stage]:
        """What the second lane runs."""
        return iter(partial(self._take, self._aside, self._main), None)

    def _take(self, own: deque[Stage], other: deque[Stage]) -> Stage | None:
        with self._taking:
            if own:
                return own.popleft()
            return other.pop() if other else None


class _Aside:
    """The second lane, for as long as the `with` takes and until its last stage has ended.

    Left by an exception (Ctrl-C), it ends what runs and begins nothing more.
    """

    def __init__(self, waiting: _Waiting, tally: Tally) -> None:
        self._waiting, self._tally = waiting, tally
        self._running: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="aside")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._thread.join()
        finally:
            self._stop()
            self._thread.join()

    def _stop(self) -> None:
        with self._starting:
            self._stopped.set()
            if self._running is not None:
                self._running.terminate()

    def _run(self) -> None:
        for stage in self._waiting.aside:
            if self._stopped.is_set():
                return
            say(f"\n=== {stage.name}: begins beside what follows")
            with tempfile.TemporaryFile() as words:
                _run_one(stage, self._tally, words, self._started)

    def _started(self, process: subprocess.Popen[bytes]) -> None:
        with self._starting:
            self._running = process
            if self._stopped.is_set():
                process.terminate()


def _run_one(
    stage: Stage,
    tally: Tally,
    words: IO[bytes] | None = None,
    started: Callable[[subprocess.Popen[bytes]], None] = lambda _process: None,
) -> None:
    """With `words` its output is gathered there, and shown when it has ended."""
    if words is None:
        say(f"\n=== {stage.name}")
    report = VAR / "test" / f"{re.sub(r'[^a-z]+', '-', stage.name)}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [part.replace("{report}", str(report)) for part in stage.command]
    began = time.monotonic()
    try:
        argv = [*(sudo() if stage.root else []), *command]
        status = _status(argv, stage.folder, words, started)
    except Failed as error:
        say(f"{stage.name}: {error}")
        status = 1
    seconds = time.monotonic() - began
    if words is not None:
        words.seek(0)
        said = words.read().decode(errors="replace")
        say(f"\n=== {stage.name}: ended\n{said.rstrip()}")
    if not stage.counts:
        tally.add(stage.name, int(status == 0), int(status != 0), seconds)
        return
    passed, failed, skipped = _counted(report)
    if status != 0 and failed == 0:
        failed = 1  # it ended before it could say which test
    tally.add(stage.name, passed, failed, seconds, skipped=skipped)


def _status(
    command: Sequence[str],
    folder: Path,
    words: IO[bytes] | None,
    started: Callable[[subprocess.Popen[bytes]], None],
) -> int:
    """Its exit status. Interrupted, we take it down with us."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CI": "1"}
    try:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=words, stderr=words)
    except FileNotFoundError:
        say(f"{command[0]} is not installed")
        return 127
    started(process)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _counted(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a JUnit report; none when there is no report."""
    try:
        # Written a moment ago by our own tools: no stranger's entities.
        root = ElementTree.parse(report).getroot()  # noqa: S314
    except (OSError, ElementTree.ParseError):
        return 0, 0, 0
    total = failed = skipped = 0
    for suite in root.iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


def _check_leaks(before: Inventory, tally: Tally) -> None:
    say("\n=== leak check")
    began = time.monotonic()
    left = before.what_is_new()
    for line in left:
        say(f"left behind: {line}")
    if not left:
        say("Links, namespaces, mounts, nftables, processes and ports are as before.")
    tally.add("leak check", int(not left), len(left), time.monotonic() - began)
