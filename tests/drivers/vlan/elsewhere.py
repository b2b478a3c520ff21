"""Tests that want 802.1Q, run in a kernel that has it: this machine's, or one in user mode.

In user mode one machine is booted for all of them, and one pytest runs in it those that were chosen
here; what it wrote of each (JUnit's XML) is the result of the test of that name here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tasks import guest
from tasks.sandbox import paths
from tests.drivers.vlan.user_mode import boot, missing

_TRIAL = """
ip link add try0 type veth peer name try1 &&
ip link add link try0 name try0.2 type vlan id 2 &&
ip link add try2 type bridge vlan_filtering 1
"""


@cache
def here() -> bool:
    """Whether this kernel has 802.1Q and VLAN-aware bridges. Tried in a namespace of its own."""
    done = subprocess.run(["unshare", "-n", "sh", "-c", _TRIAL], capture_output=True)
    return done.returncode == 0


@dataclass(frozen=True)
class Result:
    """What became of one test in there; ``text`` is its failure, or why it was skipped."""

    outcome: str
    text: str = ""


class Elsewhere:
    """The one run in user mode, begun when the first result is asked for."""

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self._items = items
        self._results: dict[str, Result] | None = None
        self._said = ""

    def tell(self, item: pytest.Item) -> None:
        """Fail or skip as the test did in there."""
        if why := missing():
            pytest.skip(f"this kernel has no 802.1Q, and {why}")
        if self._results is None:
            self._results = {}  # a run that failed is not begun anew for every test
            self._results = self._run()
        result = self._results.get(_name(item))
        if result is None:
            pytest.fail(f"in user mode nothing became of it:\n{self._said}", pytrace=False)
        if result.outcome == "skipped":
            pytest.skip(result.text)
        if result.outcome != "passed":
            pytest.fail(f"in user mode:\n{result.text}", pytrace=False)

    def _run(self) -> dict[str, Result]:
        root = Path(__file__).parents[3]
        if any(item.get_closest_marker("libvirt") for item in self._items):
            guest.build(paths.guest_dir())  # in there nothing can be written
        with tempfile.TemporaryDirectory(prefix="trunkline-vlan-") as text:
            folder = Path(text)
            report = folder / "report.xml"
            with boot(folder) as machine:
                done = machine.run(
                    [sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
                     "-p", "no:hypothesispytest", "-q",
                     f"--junitxml={report}", f"--rootdir={root}",
                     *(item.nodeid for item in self._items)],
                    cwd=root,
                    capture_output=True,
                    text=True,
                    env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
                )  # fmt: skip
            self._said = f"{done.stdout}{done.stderr}"[-4000:]
            return _results(report) if report.exists() else {}


def _name(item: pytest.Item) -> str:
    return f"{item.nodeid.partition('::')[0].removesuffix('.py').replace('/', '.')}.{item.name}"


def _results(report: Path) -> dict[str, Result]:
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  (our own pytest's)
        result = Result("passed")
        for child in case:
            if child.tag in ("failure", "error"):
                text = f"{child.get('message', '')}\n{child.text or ''}"
                result = Result(child.tag, text)
            elif child.tag == "skipped":
                result = Result("skipped", child.get("message", ""))
        found[f"{case.get('classname')}.{case.get('name')}"] = result
    return found
