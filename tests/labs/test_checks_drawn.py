"""The table of checks in a lab's design: edited, kept, restored, counted like the others."""

from __future__ import annotations

from typing import Any

import pytest

from designer.labs.actions import edit_lab as editing
from designer.labs.actions.change_looks import change_looks
from designer.labs.actions.restore_revision import restore_revision
from designer.labs.models import LabEvent, Look, Revision
from designer.labs.revisions import SNAPSHOT_EVERY, design_at
from designer.labs.writing import encode
from designer.topology import document
from designer.topology.edits import Stale
from designer.topology.problems import InvalidDocument
from designer.wire import read_server_message
from tests.cast import Cast
from tests.labs.editing import changed, do, forget, head_of

CHECK = {"source": "c1", "target": "c2"}
DRAW: dict[str, Any] = {"checks": {"added": {"k1": CHECK}}}


def test_drawing_one_tells_its_every_field(cast: Cast) -> None:
    edited = do(cast.lab, cast.alice, DRAW)
    whole = {**CHECK, "address": "", "port": None, "expect": "reach", "within": 120, "label": ""}
    assert edited.edit["checks"]["added"] == {"k1": whole}
    body = LabEvent.objects.get(lab=cast.lab).body
    assert body["edit"] == edited.edit
    assert head_of(cast.lab).checks["k1"].expect == "reach"


def test_different_fields_both_win_and_the_same_is_stale(cast: Cast) -> None:
    do(cast.lab, cast.alice, DRAW)
    do(cast.lab, cast.alice, changed("checks", "k1", "within", 120, 5), base=1)
    do(cast.lab, cast.bob, changed("checks", "k1", "expect", "reach", "no-reach"), base=1)
    check = head_of(cast.lab).checks["k1"]
    assert (check.within, check.expect) == (5, "no-reach")
    with pytest.raises(Stale):
        do(cast.lab, cast.bob, changed("checks", "k1", "within", 120, 7), base=1)


def test_one_whose_node_goes_is_no_design(cast: Cast) -> None:
    do(cast.lab, cast.alice, DRAW)
    without: dict[str, Any] = {
        "nodes": {"removed": {"c2": {}}},
        "interfaces": {"removed": {"c2:eth0": {}}},
        "links": {"removed": {"l2": {}}},
    }
    with pytest.raises(InvalidDocument) as wrong:
        do(cast.lab, cast.alice, without, base=1)
    assert [one.pointer for one in wrong.value.problems] == ["/checks/k1/target"]
    do(cast.lab, cast.alice, {**without, "checks": {"removed": {"k1": {}}}}, base=1)
    assert not head_of(cast.lab).checks


def test_going_back_brings_it_back(cast: Cast) -> None:
    do(cast.lab, cast.alice, DRAW)
    do(cast.lab, cast.alice, {"checks": {"removed": {"k1": {}}}}, base=1)
    restore_revision(cast.lab, author=cast.alice, number=1)
    assert set(head_of(cast.lab).checks) == {"k1"}
    assert not design_at(cast.lab, 2).checks
    assert not design_at(cast.lab, 0).checks


def test_history_is_whole_across_a_snapshot(cast: Cast) -> None:
    do(cast.lab, cast.alice, DRAW)
    for number in range(1, SNAPSHOT_EVERY + 1):
        edit = changed("checks", "k1", "within", 120 if number == 1 else number - 1, number)
        do(cast.lab, cast.alice, edit, base=number)
    forget()
    assert Revision.objects.get(lab=cast.lab, number=SNAPSHOT_EVERY).document is not None
    assert design_at(cast.lab, SNAPSHOT_EVERY - 1).checks["k1"].within == SNAPSHOT_EVERY - 2
    assert design_at(cast.lab, SNAPSHOT_EVERY + 1).checks["k1"].within == SNAPSHOT_EVERY


def test_checks_count_towards_the_largest_design(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "MOST_RECORDS", 10)  # the lab has ten records
    with pytest.raises(InvalidDocument, match="11 records"):
        do(cast.lab, cast.alice, DRAW)


def test_it_may_have_looks(cast: Cast) -> None:
    change_looks(cast.lab, author=cast.alice, patch={"checks/k1": {"color": "red"}})
    assert Look.objects.get(lab=cast.lab).ref == "checks/k1"
    body = LabEvent.objects.get(lab=cast.lab).body
    text = f'{{"type":"event","seq":1,"event":{encode(body)}}}'
    assert read_server_message(text).event.looks == {"checks/k1": {"color": "red"}}


def test_whoever_follows_edits_is_told_in_their_transaction(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def follow(lab: Any, edit: Any) -> None:
        told.append((lab.pk, edit))
        if "removed" in edit["checks"] and edit["checks"]["removed"]:
            raise RuntimeError("no")

    monkeypatch.setattr(editing, "followers", [follow])
    edited = do(cast.lab, cast.alice, DRAW)
    assert told == [(cast.lab.pk, edited.edit)]
    with pytest.raises(RuntimeError):
        do(cast.lab, cast.alice, {"checks": {"removed": {"k1": {}}}}, base=1)
    assert Revision.objects.filter(lab=cast.lab).count() == 2
    assert set(head_of(cast.lab).checks) == {"k1"}
