"""The design as a document: plain JSON values in, a :class:`Design` or every problem out.

The shape, version 1::

    {"trunkline": 1, "name": "…", "description": "…",
     "nodes": {ID: {"kind": "bridge", "host": ID, …}},
     "interfaces": {"NODE:KEY": {"node": ID, "addresses": […], …}},
     "links": {ID: {"a": "NODE:KEY", "b": "NODE:KEY"}},
     "checks": {ID: {"source": ID, "target": ID, "expect": "no-reach", …}}}

Fields at their default are left out, and checks where there are none, so a written document is
the shortest that reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from designer.topology import fields
from designer.topology.design import OPTIONAL, TABLES, Design
from designer.topology.kinds import KINDS
from designer.topology.problems import InvalidDocument, InvalidValue, Problem, pointer, shown
from designer.topology.records import (
    INTERFACE_ID,
    LINK_ID,
    NODE_ID,
    Check,
    Interface,
    Link,
    Record,
)

VERSION = 1
MOST_RECORDS = 100_000
"""Nodes, interfaces, links and checks together; a larger document is refused unread."""

_TOP = ("trunkline", "name", "description", *TABLES)
LONGEST_NAME = 80
LONGEST_DESCRIPTION = 4000
_ID_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "nodes": (NODE_ID, "at most 40 of a-z 0-9 . _ -, starting with a letter or digit"),
    "interfaces": (INTERFACE_ID, "NODE:KEY, the key at most 15 of A-Z a-z 0-9 . _ -"),
    "links": (LINK_ID, "at most 120 of A-Z a-z 0-9 . _ : ~ -"),
    "checks": (LINK_ID, "at most 120 of A-Z a-z 0-9 . _ : ~ -"),
}
_TYPES: dict[str, type[Record]] = {"interfaces": Interface, "links": Link, "checks": Check}
_NO_IDS = frozenset(
    {
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)
"""What every object in a browser has already: a look-up by such an id would find that."""


def read(document: Any) -> Design:
    """The design of a document. Raises :class:`InvalidDocument` with every problem found."""
    if not isinstance(document, Mapping):
        raise InvalidDocument([Problem("type", "", "A design is an object.", "an object")])
    _refuse_other_versions(document)
    problems = [
        Problem("unknown-field", pointer(name), f"There is no {shown(name)}.", ", ".join(_TOP))
        for name in document
        if name not in _TOP
    ]
    texts = {name: _read_text(document, name, problems) for name in ("name", "description")}
    tables = {name: _table(document, name, problems) for name in _ID_FORMS}
    refuse_too_many(sum(map(len, tables.values())))
    records = {
        name: {
            id: record
            for id, values in table.items()
            if (record := read_record(name, id, values, problems)) is not None
        }
        for name, table in tables.items()
    }
    if not problems:
        design = Design(**texts, **records)  # type: ignore[arg-type]
        problems = dangling(design)
        if not problems:
            return design
    raise InvalidDocument(problems)


def write(design: Design, *, defaults: bool = False) -> dict[str, Any]:
    """The document of a design, ids in natural order, so that equal designs write equal bytes."""
    document: dict[str, Any] = {"trunkline": VERSION, "name": design.name}
    if design.description or defaults:
        document["description"] = design.description
    for table in _ID_FORMS:
        records = design.table(table)
        if table in OPTIONAL and not records and not defaults:
            continue
        document[table] = {
            id: records[id].values(defaults=defaults) for id in sorted(records, key=natural)
        }
    return document


def natural(text: str) -> tuple[str, str]:
    """A sort key that puts c2 before c10, and never takes two texts for the same."""
    parts = _DIGITS.split(text)
    for at in range(1, len(parts), 2):
        number = parts[at].lstrip("0")
        parts[at] = f"{len(number):03}{number}"
    return "".join(parts), text


_DIGITS = re.compile("([0-9]+)")
"""With its group: splitting leaves the numbers at the odd places."""


def refuse_too_many(records: int) -> None:
    """Raises :class:`InvalidDocument` above :data:`MOST_RECORDS`."""
    if records > MOST_RECORDS:
        message = f"The design has {records} records."
        allowed = f"at most {MOST_RECORDS} nodes, interfaces, links and checks together"
        raise InvalidDocument([Problem("too-large", "", message, allowed)])


def read_record(table: str, id: Any, values: Any, problems: list[Problem]) -> Record | None:
    """One record of a table; what is wrong with it is added to ``problems``."""
    form, allowed = _ID_FORMS[table]
    if isinstance(id, str) and id in _NO_IDS:
        problems.append(Problem("id", pointer(table, id), f"{id!r} is reserved.", "another id"))
        return None
    if not isinstance(id, str) or not form.fullmatch(id):
        problems.append(Problem("id", pointer(table, id), f"{shown(id)} is no id.", allowed))
        return None
    if not isinstance(values, Mapping):
        message = "A record is an object."
        problems.append(Problem("type", pointer(table, id), message, "an object"))
        return None
    if table == "nodes":
        kind = values.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            message = f"{shown(kind)} is no kind of node."
            problems.append(Problem("kind", pointer(table, id, "kind"), message, ", ".join(KINDS)))
            return None
        record_type: type[Record] = KINDS[kind]
    elif "kind" in values:
        at = pointer(table, id, "kind")
        problems.append(Problem("unknown-field", at, "There is no 'kind' here."))
        return None
    else:
        record_type = _TYPES[table]
    record, found = record_type.read(id, values, table, id)
    problems.extend(found)
    return record


def dangling(design: Design) -> list[Problem]:
    """Every reference that leads nowhere, or to a record of the wrong kind."""
    problems: list[Problem] = []

    def miss(table: str, record: Record, name: str, message: str, allowed: str) -> None:
        problems.append(Problem("reference", pointer(table, record.id, name), message, allowed))

    for node in design.nodes.values():
        host = node.host_id
        if host is not None and getattr(design.nodes.get(host), "kind", None) != "host":
            miss("nodes", node, "host", f"There is no host {host!r}.", "the id of a host")
    for interface in design.interfaces.values():
        if interface.node not in design.nodes:
            message = f"There is no node {interface.node!r}."
            miss("interfaces", interface, "node", message, "the id of a node")
        elif not interface.id.startswith(interface.node + ":"):
            message = f"{interface.id!r} does not start with its node's id."
            miss("interfaces", interface, "node", message, f"{interface.node}:KEY")
    for link in design.links.values():
        for name, end in (("a", link.a), ("b", link.b)):
            if end not in design.interfaces:
                message = f"There is no interface {end!r}."
                miss("links", link, name, message, "the id of an interface")
    for check in design.checks.values():
        for name, end in (("source", check.source), ("target", check.target)):
            if end not in design.nodes:
                miss("checks", check, name, f"There is no node {end!r}.", "the id of a node")
    return problems


def _refuse_other_versions(document: Mapping[str, Any]) -> None:
    version = document.get("trunkline")
    if type(version) is int and version == VERSION:
        return
    message = (
        f"The document is of version {shown(version)}; this Trunkline reads {VERSION}. "
        "Update Trunkline."
        if type(version) is int and version > VERSION
        else f"{shown(version)} is no version of the design document."
    )
    raise InvalidDocument([Problem("version", "/trunkline", message, str(VERSION))])


def _read_text(document: Mapping[str, Any], name: str, problems: list[Problem]) -> str:
    try:
        if name == "name":
            return fields.read_text(document.get(name, ""), LONGEST_NAME)
        return fields.read_text(document.get(name, ""), LONGEST_DESCRIPTION, lines=True)
    except InvalidValue as error:
        problems.append(error.at(pointer(name)))
        return ""


def _table(document: Mapping[str, Any], name: str, problems: list[Problem]) -> Mapping[str, Any]:
    table = document.get(name, {})
    if isinstance(table, Mapping):
        return table
    problems.append(Problem("type", pointer(name), "It is not an object of records.", "an object"))
    return {}
