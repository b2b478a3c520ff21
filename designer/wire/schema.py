"""The JSON schema of what browsers send and get; the front end's types are made from it.

python -m designer.wire.schema > messages.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from designer.wire import browser, console, deployment
from designer.wire.base import Message

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def browser_schema() -> dict[str, Any]:
    """One schema with every message under ``$defs``, and each socket's directions as unions."""
    unions: dict[str, Any] = {
        "FromBrowser": browser.FromBrowser,
        "ToBrowser": browser.ToBrowser,
        "ConsoleFromBrowser": console.ConsoleFromBrowser,
        "ConsoleToBrowser": console.ConsoleToBrowser,
    }
    adapters: list[Any] = [
        (
            name,
            "validation" if name.endswith("FromBrowser") else "serialization",
            TypeAdapter(union),
        )
        for name, union in unions.items()
    ]
    references, shared = TypeAdapter.json_schemas(adapters, ref_template="#/$defs/{model}")
    definitions = dict(shared.get("$defs", {}))
    for (name, _mode), reference in references.items():
        definitions[str(name)] = reference
    _, extra = models_json_schema(
        [(_model(deployment.PlannedOperation), "serialization"),
         (_model(deployment.PlannedRefusal), "serialization")],
        ref_template="#/$defs/{model}",
    )  # fmt: skip
    definitions |= extra.get("$defs", {})
    return {
        "$schema": _DIALECT,
        "title": "Messages between the browser and the server",
        "$defs": dict(sorted(definitions.items())),
    }


def _mode_of(union: str) -> str:
    return "validation" if union.endswith("FromBrowser") else "serialization"


def _model(model: type[Message]) -> type[Message]:
    return model


def main() -> int:
    json.dump(browser_schema(), sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
