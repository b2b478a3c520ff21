"""JSON Schema (draft 2020-12) of the design document, and the kinds as programs want them told.

Both come from the fields' own descriptions, so a property is written down once. The schema says
what a document looks like; what only a reader can know (that an address has no host bits set,
that a reference leads somewhere) is for :mod:`designer.topology.document`.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from designer.topology import document
from designer.topology.fields import default_of
from designer.topology.kinds import KINDS
from designer.topology.records import (
    INTERFACE_ID,
    LINK_ID,
    NODE_ID,
    Check,
    Interface,
    Link,
    Node,
    Record,
)

Schema = dict[str, Any]
RECORDS: tuple[type[Record], ...] = (*KINDS.values(), Interface, Link, Check)
"""Every kind of record, the nodes in the palette's order."""


def document_schema() -> Schema:
    """Of the whole document, as it is written to a file."""
    nodes = [{"$ref": f"#/$defs/{kind}"} for kind in KINDS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trunkline design",
        "type": "object",
        "properties": {
            "trunkline": {"const": document.VERSION},
            "name": {"type": "string", "maxLength": document.LONGEST_NAME},
            "description": {"type": "string", "maxLength": document.LONGEST_DESCRIPTION},
            "nodes": _by_id(NODE_ID, {"oneOf": nodes}),
            "interfaces": _by_id(INTERFACE_ID, {"$ref": "#/$defs/interface"}),
            "links": _by_id(LINK_ID, {"$ref": "#/$defs/link"}),
            "checks": _by_id(LINK_ID, {"$ref": "#/$defs/check"}),
        },
        "required": ["trunkline"],
        "additionalProperties": False,
        "$defs": {record.kind: record_schema(record) for record in RECORDS},
    }


def record_schema(record: type[Record]) -> Schema:
    """Of one kind of record; fields at their default may be left out."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    if issubclass(record, Node):
        properties["kind"] = {"const": record.kind}
        required.append("kind")
    for field, spec in record.described():
        told = {"title": spec.title, "description": spec.help, **spec.schema}
        if field.default is dataclasses.MISSING:
            required.append(field.name)
        else:
            told["default"] = _plain(default_of(field))
        properties[field.name] = told
    return {
        "title": _title(record),
        "description": _help(record),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def kinds_description() -> list[dict[str, Any]]:
    """Every kind of node in the palette's order, then "interface", "link" and "check": what an
    inspector needs to make a form of."""
    return [
        {
            "kind": record.kind,
            "title": _title(record),
            "help": _help(record),
            "on_host": issubclass(record, Node) and record.on_host,
            "takes_interfaces": record.takes_interfaces if issubclass(record, Node) else "none",
            "fields": [
                {
                    "name": field.name,
                    "title": spec.title,
                    "help": spec.help,
                    "unit": spec.unit,
                    "advanced": spec.advanced,
                    "section": spec.section,
                    "widget": spec.widget,
                    "default": _plain(default_of(field)),
                    "required": field.default is dataclasses.MISSING,
                    "schema": dict(spec.schema),
                }
                for field, spec in record.described()
            ],
        }
        for record in RECORDS
    ]


def _title(record: type[Record]) -> str:
    return record.title if issubclass(record, Node) else record.kind.capitalize()


def _help(record: type[Record]) -> str:
    if issubclass(record, Node):
        return record.help
    return (record.__doc__ or "").partition("\n")[0]


def _by_id(form: re.Pattern[str], record: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": form.pattern},
        "additionalProperties": record,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
