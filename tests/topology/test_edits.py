"""Edits: applied, undone, refused when stale, and safe whatever is sent."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.topology import document, edits
from designer.topology.design import TABLES, Design
from designer.topology.problems import InvalidDocument
from tests.topology.strategies import JUNK, NASTY, SOME, designs
from tests.topology.test_document import assert_sendable


@SOME
@given(designs(), designs())
def test_an_edit_leads_from_one_design_to_another_and_back(one: Design, other: Design) -> None:
    edit = edits.between(one, other)
    there = edits.apply(one, edit)
    back = edits.apply(there, edits.invert(edit))
    for table in TABLES:
        assert there.table(table) == other.table(table)
        assert back.table(table) == one.table(table)
    assert edits.invert(edits.invert(edit)) == edit
    assert not edits.between(one, one)
    json.dumps(edit)


@SOME
@given(designs(), designs())
def test_an_edit_travels_as_json(one: Design, other: Design) -> None:
    edit = json.loads(json.dumps(edits.between(one, other)))
    assert edits.apply(one, edit).nodes == other.nodes


def base() -> Design:
    return document.read(
        {
            "trunkline": 1,
            "nodes": {"h1": {"kind": "host"}, "br0": {"kind": "bridge", "host": "h1"}},
            "interfaces": {"br0:p1": {"node": "br0"}},
        }
    )


def change(field: str, old: Any, new: Any, id: str = "br0") -> dict[str, Any]:
    return {"nodes": {"changed": {id: {field: [old, new]}}}}


def test_edits_of_different_fields_both_win() -> None:
    design = edits.apply(base(), change("stp", False, True))
    design = edits.apply(design, change("name", "", "br0"))
    assert (design.nodes["br0"].stp, design.nodes["br0"].name) == (True, "br0")  # type: ignore[attr-defined]


def test_edits_of_one_field_do_not_overwrite_each_other() -> None:
    design = edits.apply(base(), change("name", "", "one"))
    with pytest.raises(edits.Stale) as stale:
        edits.apply(design, change("name", "", "two"))
    assert [(one.pointer, one.message) for one in stale.value.conflicts] == [
        ("/nodes/br0/name", "It is 'one' by now.")
    ]
    assert edits.apply(design, change("name", "", "one")) == design  # both wanted the same


@pytest.mark.parametrize(
    ("edit", "conflict"),
    [
        ({"nodes": {"removed": {"gone": {}}}}, "/nodes/gone: It is already gone."),
        ({"nodes": {"changed": {"gone": {"label": ["", "x"]}}}}, "It was removed meanwhile."),
        ({"nodes": {"added": {"h1": {"kind": "host"}}}}, "Something of that id stands there."),
        ({"nodes": {"removed": {"br0": {"stp": True}}}}, "/nodes/br0/stp: It is false by now."),
        ({"nodes": {"removed": {"br0": {"nix": True}}}}, "/nodes/br0/nix: It is null by now."),
        (change("stp", 0, True), "/nodes/br0/stp: It is false by now."),
        (change("priority", 32768.0, 5), "/nodes/br0/priority: It is 32768 by now."),
        (change("addresses", ["10.0.0.1/24"], []), None),
    ],
)
def test_stale(edit: dict[str, Any], conflict: str | None) -> None:
    if conflict is None:
        edits.apply(base(), edit)
        return
    with pytest.raises(edits.Stale) as stale:
        edits.apply(base(), edit)
    assert conflict in str(stale.value)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ([], "/: It is not an edit."),
        ({"hosts": {}}, "/: It is not an edit."),
        ({"nodes": []}, "/nodes: It is not a part of an edit."),
        ({"nodes": {"moved": {}}}, "/nodes: It is not a part of an edit."),
        ({"nodes": {"added": []}}, "/nodes/added: It is not an object."),
        ({"nodes": {"changed": {"br0": {"stp": True}}}}, "/nodes/changed/br0: Malformed."),
        ({"nodes": {"changed": {"br0": {"stp": [1]}}}}, "/nodes/changed/br0: Malformed."),
        ({"nodes": {"removed": {"br0": None}}}, "/nodes/removed/br0: Malformed."),
        (change("kind", "bridge", "router"), "/nodes/br0/kind: A node keeps its kind"),
        (change("nix", None, 1), "/nodes/br0/nix: There is no 'nix'."),
        (change("stp", False, 1), "/nodes/br0/stp: 1 is not true or false."),
        (change("host", "h1", "br0"), "/nodes/br0/host: There is no host 'br0'."),
        ({"nodes": {"removed": {"br0": {}}}}, "/interfaces/br0:p1/node: There is no node 'br0'."),
        ({"nodes": {"removed": {"h1": {}}}}, "/nodes/br0/host: There is no host 'h1'."),
        ({"links": {"added": {"l": {"a": "x:y", "b": "br0:p1"}}}}, "There is no interface 'x:y'."),
        ({"checks": {"added": {"k": {"source": "h1", "target": "h9"}}}}, "There is no node 'h9'."),
    ],
)
def test_invalid(edit: Any, problem: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        edits.apply(base(), edit)
    assert problem in str(refused.value)


def test_a_node_goes_with_its_checks_or_not_at_all() -> None:
    check = {"source": "h1", "target": "br0"}
    design = edits.apply(base(), {"checks": {"added": {"k": check}}})
    gone: dict[str, Any] = {
        "nodes": {"removed": {"br0": {}}},
        "interfaces": {"removed": {"br0:p1": {}}},
    }
    with pytest.raises(InvalidDocument, match="/checks/k/target: There is no node 'br0'"):
        edits.apply(design, gone)
    without = edits.apply(design, {**gone, "checks": {"removed": {"k": check}}})
    assert not without.checks
    assert edits.apply(without, edits.between(without, design)) == design


def test_a_list_of_vlans_is_compared_in_its_one_form() -> None:
    """What the browser wrote as 10, 11, 12 stands here as 10-12; its next edit may start at
    either."""
    trunk = {"kind": "trunk", "host": "h1", "vlans": [12, 10, 11]}
    design = edits.apply(base(), {"nodes": {"added": {"t": trunk}}})
    assert design.nodes["t"].values()["vlans"] == ["10-12"]
    for old in (["10-12"], [12, 10, 11]):
        edited = edits.apply(design, change("vlans", old, [20, 10], "t"))
        assert edited.nodes["t"].values()["vlans"] == [10, 20]
    with pytest.raises(edits.Stale):
        edits.apply(design, change("vlans", [10, 11], [20], "t"))


def test_nothing_is_applied_in_part() -> None:
    design = base()
    before = document.write(design)
    edit: edits.Edit = {"nodes": {"added": {"h2": {"kind": "host"}}, "removed": {"gone": {}}}}
    with pytest.raises(edits.Stale):
        edits.apply(design, edit)
    assert document.write(design) == before


@SOME
@given(designs(3), designs(3), st.data())
def test_a_spoilt_edit_is_refused_or_leads_to_a_design(
    one: Design, other: Design, data: st.DataObject
) -> None:
    """A value somewhere in an edit replaced by anything at all."""
    edit: Any = copy.deepcopy(edits.between(one, other))
    at: Any = edit
    while isinstance(at, dict | list) and at:
        keys = sorted(at) if isinstance(at, dict) else range(len(at))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(at[key], dict | list):
            at[key] = data.draw(NASTY | JUNK)
            break
        at = at[key]
    try:
        design = edits.apply(one, edit)
    except edits.Stale as stale:
        json.dumps([[conflict.pointer, conflict.message] for conflict in stale.conflicts]).encode()
    except InvalidDocument as error:
        assert_sendable(error)
    else:
        assert document.read(document.write(design)) == design


@SOME
@given(JUNK)
def test_junk_is_no_edit(junk: Any) -> None:
    with contextlib.suppress(InvalidDocument, edits.Stale):
        assert edits.apply(base(), junk) == base()
