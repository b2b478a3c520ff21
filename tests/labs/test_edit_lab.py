"""Edits: field by field, both win or one is stale, the same again changes nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from designer.labs.actions.edit_lab import edit_lab
from designer.labs.models import Audit, Lab, LabEvent, Revision
from designer.topology.edits import Stale
from designer.topology.problems import InvalidDocument
from designer.wire import read_server_message
from tests.cast import Cast, make_cast
from tests.labs.editing import changed, do, forget, head_of

STP_ON = changed("nodes", "br0", "stp", False, True)


def test_an_edit_makes_a_revision_an_event_and_a_line_in_the_audit(
    cast: Cast, published: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        edited = do(cast.lab, cast.alice, STP_ON, edit_id="one")
    assert edited.revision == 1
    assert head_of(cast.lab).nodes["br0"].stp is True  # type: ignore[attr-defined]
    revision = Revision.objects.get(lab=cast.lab, number=1)
    assert (revision.author, revision.edit["nodes"]["changed"]) == (
        cast.alice,
        {"br0": {"stp": [False, True]}},
    )
    assert Audit.objects.filter(action="edit", object=f"lab/{cast.lab.pk}").count() == 1
    [message] = published
    number, _, text = message.partition(" ")
    sent = read_server_message(text)
    assert (int(number), sent.seq, sent.event.revision, sent.event.edit_id) == (1, 1, 1, "one")
    assert sent.event.author.name == "alice"


def test_nothing_is_published_before_the_change_holds(cast: Cast, published: list[str]) -> None:
    do(cast.lab, cast.alice, STP_ON)
    assert published == []  # the test's own transaction is still open


def test_different_fields_both_win(cast: Cast) -> None:
    do(cast.lab, cast.alice, STP_ON)
    do(cast.lab, cast.bob, changed("nodes", "br0", "priority", 32768, 4096), base=0)
    bridge: Any = head_of(cast.lab).nodes["br0"]
    assert (bridge.stp, bridge.priority) == (True, 4096)


def test_the_same_field_is_stale_and_nothing_follows(cast: Cast) -> None:
    do(cast.lab, cast.alice, changed("nodes", "br0", "priority", 32768, 4096))
    edit = changed("nodes", "br0", "priority", 32768, 8192)
    edit["nodes"]["changed"]["br0"]["stp"] = [False, True]
    with pytest.raises(Stale) as stale:
        do(cast.lab, cast.bob, edit, base=0)
    assert [conflict.pointer for conflict in stale.value.conflicts] == ["/nodes/br0/priority"]
    bridge: Any = head_of(cast.lab).nodes["br0"]
    assert (bridge.priority, bridge.stp) == (4096, False)
    assert Revision.objects.filter(lab=cast.lab).count() == 2
    assert LabEvent.objects.filter(lab=cast.lab).count() == 1


def test_the_same_edit_again_gets_the_same_answer(cast: Cast) -> None:
    first = do(cast.lab, cast.alice, STP_ON, edit_id="again")
    do(cast.lab, cast.bob, changed("nodes", "br0", "stp", True, False), base=1)
    again = do(cast.lab, cast.alice, STP_ON, edit_id="again")
    assert (again.revision, again.edit) == (first.revision, first.edit)
    assert head_of(cast.lab).nodes["br0"].stp is False  # type: ignore[attr-defined]


def test_an_edit_is_told_as_the_server_reads_it(cast: Cast) -> None:
    edit = changed("interfaces", "c1:eth0", "mac", None, "02:AA:BB:CC:DD:EE")
    assert do(cast.lab, cast.alice, edit).edit == {
        "interfaces": {
            "added": {},
            "changed": {"c1:eth0": {"mac": [None, "02:aa:bb:cc:dd:ee"]}},
            "removed": {},
        }
    }


def test_a_new_record_is_told_with_every_field(cast: Cast) -> None:
    edited = do(
        cast.lab, cast.alice, {"nodes": {"added": {"c3": {"kind": "container", "host": "h1"}}}}
    )
    assert edited.edit["nodes"]["added"]["c3"]["gateway"] == ""


def test_history_is_read_back_from_a_snapshot_and_edits(cast: Cast) -> None:
    from designer.labs.revisions import SNAPSHOT_EVERY, design_at

    for number in range(SNAPSHOT_EVERY + 2):
        edit = changed("nodes", "br0", "ageing_time", 300 + number, 301 + number)
        do(cast.lab, cast.alice, edit, base=number)
    forget()
    assert Revision.objects.filter(lab=cast.lab, document__isnull=False).count() == 2
    for number in (0, 1, SNAPSHOT_EVERY - 1, SNAPSHOT_EVERY, SNAPSHOT_EVERY + 1):
        design: Any = design_at(cast.lab, number)
        assert design.nodes["br0"].ageing_time == 300 + number


BAD = {
    "a field that is not there": (changed("nodes", "br0", "colour", 1, 2), "unknown-field"),
    "a number as text": (changed("nodes", "br0", "priority", 32768, "10"), "type"),
    "true as a number": (changed("nodes", "br0", "priority", 32768, True), "type"),
    "out of range": (changed("nodes", "br0", "priority", 32768, -1), "range"),
    "a huge number": (changed("nodes", "br0", "priority", 32768, 10**4000), "range"),
    "a shell in a name": (changed("nodes", "br0", "name", "br0", "-rf"), "interface-name"),
    "a name that is reserved": (changed("nodes", "br0", "name", "br0", "lo"), "reserved-name"),
    "a control character": (changed("nodes", "c1", "label", "", "a\x00b"), "character"),
    "right to left": (changed("nodes", "c1", "label", "", "a\u202eb"), "character"),
    "half a character": (changed("nodes", "c1", "label", "", "\ud800"), "character"),
    "no kind": ({"nodes": {"added": {"x": {}}}}, "kind"),
    "a kind that is not there": ({"nodes": {"added": {"x": {"kind": "moon"}}}}, "kind"),
    "an id with a slash": ({"nodes": {"added": {"a/b": {"kind": "host"}}}}, "id"),
    "the prototype": ({"nodes": {"added": {"__proto__": {"kind": "host"}}}}, "id"),
    "a link to nowhere": (
        {"links": {"added": {"l9": {"a": "c1:eth0", "b": "no:p1"}}}}, "reference",
    ),
    "a node taken from under its links": (
        {"nodes": {"removed": {"c1": {}}}}, "reference",
    ),
    "no table": ({"wires": {}}, "edit"),
    "no part": ({"nodes": {"renamed": {}}}, "edit"),
    "no pair": ({"nodes": {"changed": {"br0": {"stp": True}}}}, "edit"),
    "a list": ([], "edit"),
    "nothing": ({}, "edit"),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_edit_names_its_place_and_leaves_nothing(cast: Cast, edit: Any, code: str) -> None:
    with pytest.raises(InvalidDocument) as invalid:
        do(cast.lab, cast.alice, edit)
    assert invalid.value.problems[0].code == code
    assert Lab.objects.get(pk=cast.lab.pk).revision == 0
    assert not LabEvent.objects.exists()
    assert not Audit.objects.filter(action="edit").exists()


@pytest.mark.parametrize("label", ["<script>alert(1)</script>", "{{ 7*7 }}", "]]>", "&xxe;"])
def test_markup_in_a_label_is_kept_as_text(cast: Cast, label: str) -> None:
    do(cast.lab, cast.alice, changed("nodes", "c1", "label", "", label))
    assert head_of(cast.lab).nodes["c1"].label == label


@pytest.mark.parametrize("base", [-1, 1, 2**31])
def test_an_edit_cannot_come_from_the_future(cast: Cast, base: int) -> None:
    with pytest.raises(InvalidDocument, match="There is no revision"):
        do(cast.lab, cast.alice, STP_ON, base=base)


@pytest.mark.parametrize("edit_id", ["", "a b", "x" * 65, "<b>"])
def test_an_edit_has_a_plain_id(cast: Cast, edit_id: str) -> None:
    with pytest.raises(InvalidDocument, match="no id of an edit"):
        edit_lab(cast.lab, author=None, edit_id=edit_id, base=0, edit=STP_ON)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_on_different_fields_both_win_and_on_one_field_one_does() -> None:
    cast = make_cast()
    rounds = 12
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def edit_all(who: str) -> None:
        for number in range(rounds):
            own = "max_age" if who == "alice" else "ageing_time"
            first = {"max_age": 20, "ageing_time": 300}[own]
            edit = changed("nodes", "br0", own, first + number, first + number + 1)
            contested = changed("nodes", "br0", "label", f"{number}" if number else "", f"{who}")
            start.wait(30)
            do(cast.lab, getattr(cast, who), edit)
            start.wait(30)
            try:
                do(cast.lab, getattr(cast, who), contested)
                outcomes.append("won")
            except Stale:
                outcomes.append("stale")
            start.wait(30)
            if who == "alice":
                label = head_of(cast.lab).nodes["br0"].label
                do(cast.lab, cast.alice, changed("nodes", "br0", "label", label, f"{number + 1}"))
        connection.close()

    threads = [threading.Thread(target=edit_all, args=(who,)) for who in ("alice", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    bridge: Any = head_of(cast.lab).nodes["br0"]
    assert (bridge.max_age, bridge.ageing_time) == (20 + rounds, 300 + rounds)
    assert (outcomes.count("won"), outcomes.count("stale")) == (rounds, rounds)
    numbers = list(Revision.objects.filter(lab=cast.lab).values_list("number", flat=True))
    assert numbers == list(range(4 * rounds + 1))
    seqs = list(LabEvent.objects.filter(lab=cast.lab).values_list("seq", flat=True))
    assert seqs == list(range(1, 4 * rounds + 1))
