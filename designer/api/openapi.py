"""The OpenAPI document: ninja's, completed with the components that no view carries."""

from __future__ import annotations

import json
from typing import Any

from designer.api.components import components

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
    return {}


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
