"""Edits: differences of records, applied field by field, undone by a swap.

The shape, the same in Python, over the wire and in the browser::

    {"nodes": {"added": {ID: record}, "changed": {ID: {FIELD: [from, to]}},
               "removed": {ID: record}}, "interfaces": {…}, "links": {…}, "checks": {…}}

Records carry every field, defaults too. Two edits that change different fields both win; an edit
whose ``from`` is no longer what stands there is stale and refused whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from designer.topology import document
from designer.topology.design import TABLES, Design
from designer.topology.problems import InvalidDocument, Problem, pointer, shown
from designer.topology.records import Record

Edit = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place where an edit starts from something that no longer stands there."""

    pointer: str
    message: str


class Stale(ValueError):
    """The edit is based on an older revision and meets what others changed since."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__("; ".join(f"{one.pointer}: {one.message}" for one in conflicts))


def apply(design: Design, edit: Edit) -> Design:
    """The design after the edit.

    Raises :class:`InvalidDocument` where the edit or its result is no design, and
    :class:`Stale` where a record or field is not what the edit starts from. Nothing is applied
    in part. Of a removed record, the fields that the edit gives must be what stands there.
    """
    problems = _malformed(edit)
    if problems:
        raise InvalidDocument(problems)
    conflicts: list[Conflict] = []
    tables: dict[str, Any] = {}
    for table in TABLES:
        parts = edit.get(table, {})
        records = dict(design.table(table))
        _remove(table, records, parts.get("removed", {}), conflicts)
        _change(table, records, parts.get("changed", {}), conflicts, problems)
        _add(table, records, parts.get("added", {}), conflicts, problems)
        tables[table] = records
    if problems:
        raise InvalidDocument(problems)
    if conflicts:
        raise Stale(conflicts)
    document.refuse_too_many(sum(map(len, tables.values())))
    edited = Design(name=design.name, description=design.description, **tables)
    problems = document.dangling(edited)
    if problems:
        raise InvalidDocument(problems)
    return edited


def _remove(
    table: str, records: dict[str, Record], removed: Mapping[str, Any], conflicts: list[Conflict]
) -> None:
    for id, was in removed.items():
        record = records.pop(id, None)
        if record is None:
            conflicts.append(Conflict(pointer(table, id), "It is already gone."))
            continue
        now = record.values(defaults=True)
        for field, value in was.items():
            if field not in now or not _same(now[field], value):
                at = pointer(table, id, field)
                conflicts.append(Conflict(at, f"It is {shown(now.get(field))} by now."))


def _change(
    table: str,
    records: dict[str, Record],
    changed: Mapping[str, Any],
    conflicts: list[Conflict],
    problems: list[Problem],
) -> None:
    for id, changes in changed.items():
        if id not in records:
            conflicts.append(Conflict(pointer(table, id), "It was removed meanwhile."))
            continue
        values = records[id].values(defaults=True)
        for field, (old, new) in changes.items():
            known = field in values
            if field == "kind" and known:
                message = "A node keeps its kind; remove it and add another."
                problems.append(Problem("kind", pointer(table, id, field), message))
            elif known and not any(
                _is(records[id], field, values[field], one) for one in (old, new)
            ):
                at = pointer(table, id, field)
                conflicts.append(Conflict(at, f"It is {shown(values[field])} by now."))
            values[field] = new
        record = document.read_record(table, id, values, problems)
        if record is not None:
            records[id] = record


def _add(
    table: str,
    records: dict[str, Record],
    added: Mapping[str, Any],
    conflicts: list[Conflict],
    problems: list[Problem],
) -> None:
    for id, values in added.items():
        if id in records:
            conflicts.append(Conflict(pointer(table, id), "Something of that id stands there."))
        record = document.read_record(table, id, values, problems)
        if record is not None:
            records[id] = record


def _is(record: Record, field: str, stands: Any, given: Any) -> bool:
    """Whether a given value is what stands in a field, in whatever form it was written: VLANs 10,
    11 and 12 stand there as 10-12."""
    return _same(stands, given) or _same(stands, record.in_one_form(field, given))


def _same(stands: Any, given: Any) -> bool:
    """Whether a given JSON value is what stands there; 1 is not true, and not 1.0."""
    if isinstance(stands, list):
        return (
            isinstance(given, list) and len(given) == len(stands) and all(map(_same, stands, given))
        )
    if isinstance(stands, dict):
        return (
            isinstance(given, Mapping)
            and set(given) == set(stands)
            and all(_same(stands[key], given[key]) for key in stands)
        )
    return type(stands) is type(given) and bool(stands == given)


def invert(edit: Edit) -> Edit:
    """The edit that takes this one back."""
    return {
        table: {
            "added": dict(parts.get("removed", {})),
            "changed": {
                id: {field: [new, old] for field, (old, new) in changes.items()}
                for id, changes in parts.get("changed", {}).items()
            },
            "removed": dict(parts.get("added", {})),
        }
        for table, parts in edit.items()
    }


def between(old: Design, new: Design) -> Edit:
    """The edit that leads from one design to another."""
    edit: dict[str, dict[str, Any]] = {}
    for table in TABLES:
        before, after = old.table(table), new.table(table)
        parts: dict[str, Any] = {"added": {}, "changed": {}, "removed": {}}
        for id, record in after.items():
            if id not in before or before[id].kind != record.kind:
                parts["added"][id] = record.values(defaults=True)
            elif before[id] != record:
                was, now = before[id].values(defaults=True), record.values(defaults=True)
                parts["changed"][id] = {
                    field: [was[field], now[field]] for field in now if was[field] != now[field]
                }
        for id, record in before.items():
            if id not in after or after[id].kind != record.kind:
                parts["removed"][id] = record.values(defaults=True)
        if any(parts.values()):
            edit[table] = parts
    return edit


def _malformed(edit: Any) -> list[Problem]:
    if not isinstance(edit, Mapping) or not set(edit) <= set(TABLES):
        return [Problem("edit", "", "It is not an edit.", "an object of " + ", ".join(TABLES))]
    problems: list[Problem] = []
    for table, parts in edit.items():
        if not isinstance(parts, Mapping) or not set(parts) <= {"added", "changed", "removed"}:
            allowed = "an object of added, changed, removed"
            problems.append(
                Problem("edit", pointer(table), "It is not a part of an edit.", allowed)
            )
            continue
        for name, entries in parts.items():
            at = pointer(table, name)
            if not isinstance(entries, Mapping):
                problems.append(Problem("edit", at, "It is not an object.", "an object by id"))
                continue
            for id, entry in entries.items():
                if (
                    not isinstance(id, str)
                    or not isinstance(entry, Mapping)
                    or (
                        name == "changed"
                        and not all(
                            isinstance(pair, list | tuple) and len(pair) == 2
                            for pair in entry.values()
                        )
                    )
                ):
                    allowed = "{field: [from, to]}" if name == "changed" else "a record"
                    problems.append(Problem("edit", at + pointer(id), "Malformed.", allowed))
    return problems
