"""Wrong designs, and sound ones, beside the exact findings on them.

A file whose name starts with ``sound-`` must have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from designer import rules
from designer.files import load
from designer.rules import Finding
from tests.rules.worlds import read_world
from tests.topology.golden import agrees, inputs

HERE = Path(__file__).parent


def told(findings: Iterable[Finding]) -> str:
    return "".join(f"{finding}\n" for finding in findings)


@pytest.mark.parametrize("case", inputs(HERE / "drawn"), ids=lambda path: path.stem)
def test_drawn(case: Path) -> None:
    found = told(rules.check(load(case.read_text("utf-8"))))
    agrees(case.with_suffix(".txt"), found)
    assert bool(found) != case.stem.startswith("sound-")


@pytest.mark.parametrize("case", inputs(HERE / "placed"), ids=lambda path: path.stem)
def test_placed(case: Path) -> None:
    world = read_world(case)
    found = rules.check_against(
        load(case.read_text("utf-8")),
        world.placement,
        world.inventories,
        free_names=world.free_names,
        free_subnets=world.free_subnets,
        library=world.library,
        room=world.room,
    )
    agrees(case.with_suffix(".txt"), told(found))
    assert bool(found) != case.stem.startswith("sound-")
