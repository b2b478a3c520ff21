"""The OpenAPI document: ninja's, completed with the components that no view carries."""

from __future__ import annotations

import json
from typing import Any

from designer.api.components import components
from designer.wire.schema import browser_schema

REF = "#/components/schemas/"


def completed(schema: dict[str, Any]) -> None:
    """Adds the components, and puts references where views only named one."""
    schemas = schema["components"].setdefault("schemas", {})
    for name, component in {**components(), **messages()}.items():
        schemas[name] = component
    _link(schema)
    schema["components"]["schemas"] = dict(sorted(schemas.items()))


def messages() -> dict[str, Any]:
    """What travels over a browser's socket, by the names of its types."""
    definitions: dict[str, Any] = browser_schema()["$defs"]
    _rename(definitions)
    for name, field, component in _KNOWN_BETTER:
        definitions[name]["properties"][field] = component
    return definitions


_KNOWN_BETTER: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Edited", "edit", {"$ref": REF + "Edit"}),
    ("EditWanted", "edit", {"$ref": REF + "Edit"}),
    ("Snapshot", "document", {"$ref": REF + "Design"}),
    ("Snapshot", "placement", {"type": "object", "additionalProperties": {"type": "string"}}),
    *(
        (name, field, {"type": "object", "additionalProperties": {"anyOf": [
            {"$ref": REF + "Look"}, {"type": "null"}]}})
        for name, field in (("Snapshot", "looks"), ("LooksChanged", "looks"),
                            ("LooksWanted", "patch"))
    ),
)  # fmt: skip
"""What the wire passes through unread, and other rooms describe."""


def _rename(value: Any) -> None:
    """From a JSON schema's own definitions to the document's components."""
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str) and one.startswith("#/$defs/"):
                value[name] = REF + one.removeprefix("#/$defs/")
            else:
                _rename(one)
    elif isinstance(value, list):
        for one in value:
            _rename(one)


def text_of(schema: dict[str, Any]) -> str:
    """The document as a file, byte-stable."""
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"


def _link(value: Any) -> None:
    if isinstance(value, dict):
        name = value.pop("x-component", None)
        if name is not None:
            value.clear()
            value["$ref"] = REF + name
        for one in value.values():
            _link(one)
    elif isinstance(value, list):
        for one in value:
            _link(one)
