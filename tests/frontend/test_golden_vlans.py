"""VLANs go the same ways here and in the browser.

Each file of ``vlans/`` names a built-in lab or holds a document of its own, and what comes of it:
what passes its segments, and who hears whom, VLAN by VLAN. This test and
``frontend/tests/model/vlans.test.ts`` read the very same files. ``TRUNKLINE_GOLDEN=write`` writes
what comes of them anew; only ``about`` and ``lab`` or ``before`` are written by hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from designer.files.builtins import builtin
from designer.topology import document
from designer.topology.design import TABLES, Design
from designer.topology.lans import SWITCHES, Lans
from designer.topology.passing import passing

FOLDER = Path(__file__).parent / "vlans"
CASES = sorted(FOLDER.glob("*.json"))


def design_of(case: dict[str, Any]) -> Design:
    if "before" in case:
        return document.read(case["before"])
    return next(one for one in builtin() if one.slug == case["lab"]).design


def groups(design: Design, lans: Lans, vlan: int | None) -> list[list[str]]:
    """Interfaces and switches by LAN: of untagged frames, or of those with a VLAN's tag."""
    switches = [id for id, node in design.nodes.items() if node.kind in SWITCHES]
    found: dict[str, list[str]] = {}
    for id in (*design.interfaces, *switches):
        lan = lans.at(id, vlan)
        if lan is not None:
            found.setdefault(lan, []).append(id)
    return sorted(sorted(ids) for ids in found.values())


def outcome(design: Design) -> dict[str, Any]:
    whole = document.write(design, defaults=True)
    lans = Lans(design)
    return {
        "filled": {table: whole[table] for table in TABLES},
        "passing": passing(design),
        "untagged": groups(design, lans, None),
        "tagged": {vlan: groups(design, lans, vlan) for vlan in sorted(lans.used)},
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_vlans(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    expected = json.loads(json.dumps(outcome(design_of(case))))
    if os.environ.get("TRUNKLINE_GOLDEN") == "write":
        case["expected"] = expected
        path.write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")
    assert case["expected"] == expected


def test_there_are_cases() -> None:
    assert len(CASES) >= 6
