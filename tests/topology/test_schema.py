"""The JSON Schema of the document agrees with the reader."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given

from designer.files import builtin
from designer.topology import document
from designer.topology.kinds import KINDS
from designer.topology.problems import InvalidDocument
from designer.topology.schema import document_schema, kinds_description
from tests.topology.strategies import SOME, documents

SCHEMA = document_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(KINDS) | {"interface", "link", "check"} == set(SCHEMA["$defs"])


@SOME
@given(documents())
def test_what_can_be_read_fits_the_schema(given_document: dict[str, Any]) -> None:
    VALIDATOR.validate(given_document)
    design = document.read(given_document)
    VALIDATOR.validate(document.write(design))
    VALIDATOR.validate(document.write(design, defaults=True))


@pytest.mark.parametrize("lab", builtin(), ids=lambda lab: lab.slug)
def test_built_in_labs_fit_the_schema(lab: Any) -> None:
    VALIDATOR.validate(document.write(lab.design))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"trunkline": 2},
        {"trunkline": 1, "more": 1},
        {"trunkline": 1, "nodes": {"A": {"kind": "host"}}},
        {"trunkline": 1, "nodes": {"h": {"kind": "hosts"}}},
        {"trunkline": 1, "nodes": {"h": {"kind": "host", "more": 1}}},
        {"trunkline": 1, "nodes": {"b": {"kind": "bridge"}}},
        {"trunkline": 1, "nodes": {"b": {"kind": "bridge", "host": "h", "stp": 1}}},
        {"trunkline": 1, "nodes": {"b": {"kind": "bridge", "host": "h", "name": "x y"}}},
        {"trunkline": 1, "links": {"l": {"a": "h:x"}}},
        {"trunkline": 1, "interfaces": {"h": {"node": "h"}}},
        {"trunkline": 1, "nodes": {"t": {"kind": "trunk", "host": "h", "vlans": ["10"]}}},
        {"trunkline": 1, "nodes": {"t": {"kind": "trunk", "host": "h", "vlans": [4095]}}},
        {"trunkline": 1, "checks": {"c": {"source": "h"}}},
    ],
)
def test_what_the_reader_refuses_does_not_fit(wrong: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(wrong)
    with pytest.raises(InvalidDocument):
        document.read(wrong)


def test_every_kind_is_described_for_an_inspector() -> None:
    told = {kind["kind"]: kind for kind in kinds_description()}
    assert list(told) == [*KINDS, "interface", "link", "check"]
    bridge = {field["name"]: field for field in told["bridge"]["fields"]}
    assert bridge["forward_delay"]["unit"] == "s"
    assert bridge["host"]["required"]
    assert bridge["addresses"]["default"] == []
    assert told["bridge"]["on_host"]
    assert told["bridge"]["takes_interfaces"] == "ports"
    assert not told["segment"]["on_host"]
    for kind in told.values():
        for field in kind["fields"]:
            jsonschema.Draft202012Validator.check_schema(field["schema"])
            if not field["required"]:
                jsonschema.validate(field["default"], field["schema"])
