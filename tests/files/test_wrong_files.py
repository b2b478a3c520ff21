"""Files that are no design, beside every problem that is told about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.files import load
from designer.files.limits import LONGEST
from designer.topology.problems import InvalidDocument
from tests.topology.golden import agrees, inputs

WRONG = Path(__file__).parent / "wrong"


@pytest.mark.parametrize(
    "case", [*inputs(WRONG), *inputs(WRONG, ".json")], ids=lambda path: path.name
)
def test_wrong(case: Path) -> None:
    with pytest.raises(InvalidDocument) as refused:
        load(case.read_bytes())
    told = "".join(f"{one.code} {one}\n" for one in refused.value.problems)
    agrees(case.with_name(case.name + ".txt"), told)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "depth"),
        ('{"a":' * 100_000, "depth"),
        ("- " * 100_000 + "x", "depth"),
        ("{a: " * 100_000, "depth"),
        ('{"a": ' + "[" * 500 + "]" * 500 + "}", "depth"),
        ("\n".join(" " * at + "a:" for at in range(2000)), "depth"),
        ("x" * (LONGEST + 1), "size"),
        (b"\xef\xbb\xbftrunkline: 1", "bom"),
        ("trunkline: 1\nname: \x00", "syntax"),
        ("\ud800", "encoding"),
        ("%YAML 9.9\n--- 1", "syntax"),
        ("[*a]", "alias"),
        ("{a: 1, a: 2}", "duplicate-key"),
    ],
    ids=[
        "brackets",
        "json objects",
        "yaml lists",
        "yaml braces",
        "sound but deep",
        "indented",
        "size",
        "bom bytes",
        "nul",
        "surrogate",
        "yaml version",
        "alias in a list",
        "duplicate in braces",
    ],
)
def test_what_is_too_much(text: str | bytes, code: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        load(text)
    assert [problem.code for problem in refused.value.problems] == [code]
