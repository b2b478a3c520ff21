"""The OpenAPI document: fresh, whole, and true of what is sent."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from designer import files
from designer.api.main import api
from designer.api.openapi import text_of
from designer.topology import document
from designer.topology.kinds import KINDS
from designer.topology.schema import kinds_description
from tests.cast import DRAWN


def schema() -> dict[str, Any]:
    return json.loads(text_of(api.get_openapi_schema(path_prefix="/api/")))  # type: ignore[no-any-return]


def test_the_published_file_is_fresh() -> None:
    call_command("export_schema", "--check", stdout=StringIO())


def test_a_stale_file_fails_the_check(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    call_command("export_schema", "--output", str(path), stdout=StringIO())
    path.write_text(path.read_text() + " ")
    with pytest.raises(CommandError, match="is stale"):
        call_command("export_schema", "--check", "--output", str(path))


def test_it_is_the_same_each_time() -> None:
    first = text_of(api.get_openapi_schema(path_prefix="/api/"))
    assert text_of(api.get_openapi_schema(path_prefix="/api/")) == first


def test_every_reference_leads_somewhere() -> None:
    whole = schema()
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.add(value["$ref"])
            for one in value.values():
                look(one)
        elif isinstance(value, list):
            for one in value:
                look(one)

    look(whole)
    known = {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    assert found <= known
    assert "x-component" not in json.dumps(whole)


def test_it_has_what_the_front_end_is_typed_by() -> None:
    names = set(schema()["components"]["schemas"])
    assert {
        "Design", "Edit", "Finding", "Status", "Deployment", "Kind", "Snapshot", "EventSent",
        "EditRefused", "FromBrowser", "ToBrowser", *(kind.capitalize() for kind in KINDS),
    } <= names  # fmt: skip


def test_a_filled_design_has_exactly_the_described_fields() -> None:
    components = schema()["components"]["schemas"]
    design = document.write(files.load(DRAWN), defaults=True)
    assert set(design) == set(components["Design"]["properties"])
    for node in design["nodes"].values():
        component = components[node["kind"].capitalize()]
        assert set(node) == set(component["properties"]) == set(component["required"])
    for interface in design["interfaces"].values():
        assert set(interface) == set(components["Interface"]["properties"])


def test_defaults_are_what_a_new_record_has() -> None:
    for kind in kinds_description():
        given = {field["name"] for field in kind["fields"] if field["required"]}
        defaults = {
            field["name"]: field["default"] for field in kind["fields"] if not field["required"]
        }
        assert not given & set(defaults)
        assert all(value is None or value == [] or value != () for value in defaults.values())
