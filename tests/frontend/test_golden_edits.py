"""Edits mean the same here and in the browser.

Each file of ``edits/`` has a design, an edit and what comes of it. This test and
``frontend/tests/model/golden.test.ts`` read the very same files. ``TRUNKLINE_GOLDEN=write`` writes
what comes of them anew; only ``about``, ``before`` and ``edit`` are written by hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from designer.topology import document, edits
from designer.topology.design import TABLES, Design

FOLDER = Path(__file__).parent / "edits"
CASES = sorted(FOLDER.glob("*.json"))


def outcome(before: Design, edit: Any) -> dict[str, Any]:
    try:
        after = edits.apply(before, edit)
    except edits.Stale as stale:
        return {"stale": sorted(one.pointer for one in stale.conflicts)}
    return {
        "after": filled(after),
        "inverse": edits.invert(edit),
        "between": edits.between(before, after),
        "back": filled(edits.apply(after, edits.invert(edit))),
    }


def filled(design: Design) -> dict[str, Any]:
    whole = document.write(design, defaults=True)
    return {table: whole[table] for table in TABLES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_edit(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    before = document.read(case["before"])
    expected = {"filled": filled(before), **outcome(before, case["edit"])}
    if os.environ.get("TRUNKLINE_GOLDEN") == "write":
        case["expected"] = json.loads(json.dumps(expected))
        path.write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")
    assert case["expected"] == json.loads(json.dumps(expected))


def test_there_are_cases() -> None:
    assert len(CASES) >= 10
