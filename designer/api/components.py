"""Components of the OpenAPI document that no view's types carry: the design as the topology
describes it, edits, findings, statuses.

A property is written down once, in the topology; types in other languages come from here.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from designer.topology import fields
from designer.topology.document import VERSION
from designer.topology.kinds import KINDS
from designer.topology.records import Check, Interface, Link, Node, Record

Schema = dict[str, Any]
STATES = ("ok", "pending", "applying", "drift", "failed", "degraded", "absent", "unknown")


@cache
def components() -> dict[str, Schema]:
    """Component schemas by name."""
    records = {kind.capitalize(): _record(record) for kind, record in KINDS.items()}
    tables = {"nodes": "Node", "interfaces": "Interface", "links": "Link", "checks": "Check"}
    return {
        **records,
        "Interface": _record(Interface),
        "Link": _record(Link),
        "Check": _record(Check),
        "Node": {
            "oneOf": [_ref(name) for name in records],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {kind: _ref(kind.capitalize())["$ref"] for kind in KINDS},
            },
        },
        "Design": _object(
            "A design with every field filled in.",
            trunkline={"const": VERSION},
            name={"type": "string"},
            description={"type": "string"},
            **{table: _by_id(_ref(name)) for table, name in tables.items()},
        ),
        "Edit": {
            "type": "object",
            "description": "Differences of records, field by field (designer/topology/edits.py).",
            "properties": {table: _ref(f"{name}Edits") for table, name in tables.items()},
            "additionalProperties": False,
        },
        **{f"{name}Edits": _edits(name) for name in tables.values()},
        "Ref": {
            "type": "string",
            "description": "TABLE/ID, such as nodes/br0.",
            "pattern": "^(nodes|interfaces|links|checks)/.+$",
        },
        "Finding": _object(
            "What a rule says of a design. Errors forbid deploying.",
            code={"type": "string"},
            severity={"enum": ["error", "warning"]},
            ref={"type": "string"},
            field={"type": "string"},
            message={"type": "string"},
            fix={"type": "string"},
        ),
        "StatusState": {"enum": list(STATES)},
        "Status": _object(
            "What was last observed of a record.",
            state=_ref("StatusState"),
            detail={"type": "string"},
            facts={"type": "object", "additionalProperties": _ref("Fact")},
            hypervisor={"type": "string"},
            at={"type": "string", "format": "date-time"},
        ),
        "Fact": {
            "anyOf": [
                {"type": "string"},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "array", "items": {}},
            ]
        },
        "Look": {
            "type": "object",
            "description": "How a record is drawn (designer/labs/looks.py). Pixels.",
            "properties": {
                "x": {"type": "number"},
                "y": {"type": "number"},
                "width": {"type": "number"},
                "height": {"type": "number"},
                "collapsed": {"type": "boolean"},
            },
            "additionalProperties": True,
        },
    }


def _record(record: type[Record]) -> Schema:
    properties: dict[str, Schema] = {}
    if issubclass(record, Node):
        properties["kind"] = {"const": record.kind}
    for field, spec in record.described():
        described: Schema = {"title": spec.title, "description": spec.help, **spec.schema}
        if spec.unit:
            described["x-unit"] = spec.unit
        if not _is_required(field):
            described["default"] = _plain(fields.default_of(field))
        properties[field.name] = described
    return _object((record.__doc__ or "").split("\n\n")[0].replace("\n    ", " "), **properties)


def _edits(name: str) -> Schema:
    return {
        "type": "object",
        "properties": {
            "added": _by_id(_ref(name)),
            "changed": _by_id({"type": "object", "additionalProperties": _FROM_TO}),
            "removed": _by_id(_ref(name)),
        },
        "additionalProperties": False,
    }


_FROM_TO: Schema = {
    "type": "array",
    "description": "[from, to]",
    "prefixItems": [{}, {}],
    "minItems": 2,
    "maxItems": 2,
}


def _object(about: str, /, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": about,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _by_id(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _is_required(field: Any) -> bool:
    return field.default is dataclasses.MISSING


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
