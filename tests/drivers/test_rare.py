"""The library behind the rare messages is not there before the first of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tasks

PROGRAM = """
import sys
import tasks.agent.__main__, tasks.drivers.kernel.driver
from tasks.drivers.netlink import rare

print("pyroute2" in sys.modules)
{work}
print("pyroute2" in sys.modules)
"""
WORKS = {
    "a link": 'rare.link_info("vlan", [("IFLA_VLAN_ID", 10)])',
    "VLANs of a port": "rare.bridge_vlans(3, [(0, 10)], own=False)",
    "a neighbour": "rare.neighbour(3, 0, 0, 7, [])",
}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_an_agent_starts_without_the_library(work: str) -> None:
    root = Path(tasks.__path__[0]).parent
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(work=work)], capture_output=True, text=True, cwd=root
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "True"]
