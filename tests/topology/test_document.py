"""The document: read and written without loss, and nothing malformed gets through."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.topology import document
from designer.topology.design import TABLES
from designer.topology.problems import InvalidDocument, pointer, shown
from tests.topology.designs import large_document
from tests.topology.strategies import JUNK, NASTY, SOME, documents


@SOME
@given(documents())
def test_what_was_written_reads_the_same(given_document: dict[str, Any]) -> None:
    design = document.read(given_document)
    for defaults in (False, True):
        written = document.write(design, defaults=defaults)
        assert document.read(written) == design
        assert document.write(document.read(written), defaults=defaults) == written


@SOME
@given(documents(), st.randoms())
def test_equal_designs_write_equal_bytes(given_document: dict[str, Any], order: Any) -> None:
    shuffled = dict(given_document)
    for table in TABLES:
        items = list(given_document[table].items())
        order.shuffle(items)
        shuffled[table] = dict(items)
    one, other = document.read(given_document), document.read(shuffled)
    assert one == other
    assert json.dumps(document.write(one)) == json.dumps(document.write(other))


@SOME
@given(documents())
def test_defaults_are_left_out(given_document: dict[str, Any]) -> None:
    design = document.read(given_document)
    written = document.write(design)
    for table in TABLES:
        for id, values in written.get(table, {}).items():
            full = design.table(table)[id].values(defaults=True)
            assert values.items() <= full.items() or values == full


@SOME
@given(JUNK)
def test_junk_is_refused_and_nothing_else_happens(junk: Any) -> None:
    with pytest.raises(InvalidDocument) as refused:
        document.read(junk)
    assert_sendable(refused.value)


@SOME
@given(documents(3), st.data())
def test_one_wrong_value_anywhere_is_refused_or_is_right(
    given_document: dict[str, Any], data: st.DataObject
) -> None:
    """A value replaced by anything: a design that says the same, or problems that can be sent."""
    table = data.draw(st.sampled_from(TABLES))
    if not given_document[table]:
        return
    id = data.draw(st.sampled_from(sorted(given_document[table])))
    record = given_document[table][id]
    name = data.draw(st.sampled_from([*record, "extra", "kind"]))
    record[name] = data.draw(NASTY | JUNK)
    try:
        design = document.read(given_document)
    except InvalidDocument as error:
        assert_sendable(error)
    else:
        json.dumps(document.write(design)).encode()
        assert document.read(document.write(design)) == design


@SOME
@given(documents(2), st.sampled_from(TABLES), NASTY, NASTY)
def test_strange_ids_are_refused(
    given_document: dict[str, Any], table: str, id: Any, values: Any
) -> None:
    try:
        given_document[table][id] = values
    except TypeError:  # not even a key
        return
    with pytest.raises(InvalidDocument) as refused:
        document.read(given_document)
    assert_sendable(refused.value)


def assert_sendable(error: InvalidDocument) -> None:
    """Problems go to a browser: they are short, they can be encoded, they say where and what."""
    assert error.problems
    for problem in error.problems:
        json.dumps([problem.code, problem.pointer, problem.message, problem.allowed]).encode()
        problem.pointer.encode()
        assert problem.code
        assert problem.message.endswith(".")
        assert not problem.pointer or problem.pointer.startswith("/")
        assert len(problem.message) < 250


@pytest.mark.parametrize("name", sorted(document._NO_IDS))
def test_what_every_object_in_a_browser_has_is_no_id(name: str) -> None:
    with pytest.raises(InvalidDocument, match="is reserved"):
        document.read({"trunkline": 1, "links": {name: {"a": "x:y", "b": "x:z"}}})


def test_too_many_records_are_refused_before_they_are_read() -> None:
    links = dict.fromkeys(map(str, range(document.MOST_RECORDS + 1)))
    with pytest.raises(InvalidDocument) as refused:
        document.read({"trunkline": 1, "links": links})
    assert [problem.code for problem in refused.value.problems] == ["too-large"]


def test_checks_are_left_out_where_there_are_none() -> None:
    empty = document.read({"trunkline": 1, "nodes": {"h": {"kind": "host"}}})
    assert "checks" not in document.write(empty)
    assert document.write(empty, defaults=True)["checks"] == {}
    check = {"source": "h", "target": "h", "expect": "no-reach"}
    drawn = document.read(
        {"trunkline": 1, "nodes": {"h": {"kind": "host"}}, "checks": {"c": check}}
    )
    assert document.write(drawn)["checks"] == {"c": check}
    assert document.write(drawn, defaults=True)["checks"]["c"]["within"] == 120


def test_natural_order() -> None:
    ids = ["c10", "c2", "c1", "c01", "a", "c", "10", "9", "c1-2", "c1-10"]
    ordered = ["9", "10", "a", "c", "c01", "c1", "c1-2", "c1-10", "c2", "c10"]
    for seed in range(3):
        random.Random(seed).shuffle(ids)
        assert sorted(ids, key=document.natural) == ordered


def test_pointers_are_escaped_and_short() -> None:
    assert pointer("a/b", "c~d", 3) == "/a~1b/c~0d/3"
    assert len(pointer("x" * 10_000)) < 200


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (None, "null"),
        (5, "5"),
        (10**5000, "a huge number"),
        ("x" * 100, "'" + "x" * 60 + "…'"),
        ([], "an empty list"),
        ([1], "a list"),
        ({}, "an empty object"),
        (float("nan"), "nan"),
    ],
    ids=["bool", "none", "int", "huge", "long", "empty", "list", "object", "nan"],
)
def test_values_are_shown_short(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_ten_thousand_nodes_are_read_within_a_second() -> None:
    """Processor time, the best of three: other programs run on the machine, too."""
    large = large_document(10_000)
    spent = []
    for _ in range(3):
        start = time.process_time()
        design = document.read(large)
        spent.append(time.process_time() - start)
    assert len(design.nodes) > 9_900
    assert min(spent) < 1.0
