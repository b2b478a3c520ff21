"""A text made from an earlier one is the text made from nothing."""

from __future__ import annotations

from typing import Any

import pytest

from designer import files
from designer.labs.writing import Written, encode
from designer.topology import document, edits
from designer.topology.design import Design
from tests.cast import DRAWN

STEPS: list[Any] = [
    {"nodes": {"changed": {"br0": {"stp": [False, True]}}}},
    {"nodes": {"added": {"c10": {"kind": "container", "host": "h1", "label": "é <b>"}}}},
    {"nodes": {"added": {"c9": {"kind": "vm", "host": "h1"}}}},
    {"links": {"removed": {"l1": {}}}, "interfaces": {"removed": {"c1:eth0": {}}}},
    {"nodes": {"removed": {"c9": {}}}},
    {"nodes": {"changed": {"c10": {"label": ["é <b>", ""]}}}},
]


@pytest.mark.parametrize("defaults", [False, True])
@pytest.mark.parametrize("builtin", [None, *files.builtin()], ids=lambda one: one and one.slug)
def test_step_by_step_is_the_same_as_at_once(builtin: Any, defaults: bool) -> None:
    design = builtin.design if builtin else files.load(DRAWN)
    written = Written(design, defaults=defaults)
    assert written.text == encode(document.write(design, defaults=defaults))
    for step in STEPS if builtin is None else ():
        design = edits.apply(design, step)
        written = Written(design, defaults=defaults, before=written)
        assert written.text == encode(document.write(design, defaults=defaults))


def test_an_empty_design() -> None:
    assert Written(Design(), defaults=True).text == encode(document.write(Design(), defaults=True))


def test_checks_come_and_go() -> None:
    check = {"source": "c1", "target": "c2", "expect": "no-reach"}
    steps: list[Any] = [
        {"checks": {"added": {"k1": check}}},
        {"checks": {"changed": {"k1": {"within": [120, 5]}}}},
        {"checks": {"removed": {"k1": {}}}},
    ]
    for defaults in (False, True):
        design = files.load(DRAWN)
        written = Written(design, defaults=defaults)
        assert ('"checks"' in written.text) is defaults
        for step in steps:
            design = edits.apply(design, step)
            written = Written(design, defaults=defaults, before=written)
            assert written.text == encode(document.write(design, defaults=defaults))
        assert ('"checks"' in written.text) is defaults
