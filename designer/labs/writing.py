"""Writing a design as JSON text, again and again while it is edited.

The same bytes as ``encode(document.write(design))``, but records that an earlier text already has
are taken over from it: an edit of one field of a thousand nodes writes one node.
"""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from typing import Any

from designer.topology import document
from designer.topology.design import OPTIONAL, TABLES, Design
from designer.topology.records import Record

Lines = dict[str, tuple[Record, str]]


def encode(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_natural = lru_cache(maxsize=200_000)(document.natural)


class Written:
    """A design's records as text, by table and id, in the order of the document."""

    def __init__(self, design: Design, *, defaults: bool, before: Written | None = None) -> None:
        top = document.write(Design(name=design.name, description=design.description),
                             defaults=defaults)  # fmt: skip
        self._head = encode({name: top[name] for name in top if name not in TABLES})
        self._tables: dict[str, Lines] = {
            table: _lines(design, table, defaults, before._tables[table] if before else {})
            for table in TABLES
        }
        self._left_out = frozenset[str]() if defaults else OPTIONAL

    @cached_property
    def text(self) -> str:
        tables = (
            f'"{table}":{{{",".join(text for _, text in lines.values())}}}'
            for table, lines in self._tables.items()
            if lines or table not in self._left_out
        )
        return f"{self._head[:-1]},{','.join(tables)}}}"


def _lines(design: Design, table: str, defaults: bool, before: Lines) -> Lines:
    records = design.table(table)
    same = records.keys() == before.keys()
    lines: Lines = {}
    for id in before if same else sorted(records, key=_natural):
        record, line = records[id], before.get(id)
        if line is None or line[0] is not record:
            line = record, f"{encode(id)}:{encode(record.values(defaults=defaults))}"
        lines[id] = line
    return lines
