"""Making, naming, laying out, restoring, replacing and deleting labs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

from designer import files
from designer.labs.actions.change_looks import change_looks
from designer.labs.actions.create_lab import create_from_template, create_lab
from designer.labs.actions.create_user import create_user
from designer.labs.actions.delete_lab import delete_lab
from designer.labs.actions.rename_lab import rename_lab
from designer.labs.actions.replace_document import replace_document
from designer.labs.actions.restore_revision import restore_revision
from designer.labs.errors import NotFound, Refused
from designer.labs.models import Audit, Lab, LabEvent, Look, Revision, User
from designer.topology.edits import Stale
from designer.topology.problems import InvalidDocument
from tests.cast import DRAWN, Cast
from tests.labs.editing import changed, do, head_of


def test_a_lab_of_a_template_has_its_design_and_its_looks(cast: Cast) -> None:
    lab = create_from_template(cast.lab.team, name="", author=cast.bob, slug="two-containers")
    assert lab.name
    assert {"c1", "c2", "br0"} <= set(head_of(lab).nodes)
    assert Look.objects.filter(lab=lab, ref="nodes/br0").exists()
    assert Revision.objects.get(lab=lab).number == 0


def test_there_is_no_such_template(cast: Cast) -> None:
    with pytest.raises(NotFound):
        create_from_template(cast.lab.team, name="", author=cast.bob, slug="../../etc/passwd")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81, "a\x00", "a\u200bb", None, 5])
def test_a_lab_has_a_name(cast: Cast, name: Any) -> None:
    with pytest.raises(InvalidDocument) as invalid:
        create_lab(cast.lab.team, name=name, author=cast.alice)
    assert invalid.value.problems[0].pointer == "/name"
    assert Lab.objects.count() == 1


def test_tags_differ_and_mark_what_a_lab_owns(cast: Cast) -> None:
    labs = [create_lab(cast.lab.team, name=f"Lab {n}", author=None) for n in range(5)]
    tags = {lab.tag for lab in labs}
    assert len(tags) == 5
    assert all((len(tag) == 8 and tag.isalnum() and tag.islower()) or tag.isdigit() for tag in tags)


def test_a_new_name_is_told_and_changes_no_revision(cast: Cast) -> None:
    rename_lab(cast.lab, author=cast.bob, name=" Wires ")
    fresh = Lab.objects.get(pk=cast.lab.pk)
    assert (fresh.name, fresh.revision) == ("Wires", 0)
    assert LabEvent.objects.get(lab=cast.lab).body["name"] == "Wires"
    rename_lab(fresh, author=cast.bob, name="Wires")
    assert LabEvent.objects.filter(lab=cast.lab).count() == 1


def test_looks_are_laid_over_what_stands(cast: Cast) -> None:
    change_looks(cast.lab, author=cast.alice, patch={"nodes/c1": {"x": 1, "y": 2.5}})
    change_looks(cast.lab, author=cast.bob, patch={"nodes/c1": {"x": 7, "collapsed": True}})
    assert Look.objects.get(lab=cast.lab, ref="nodes/c1").values == {
        "x": 7, "y": 2.5, "collapsed": True,
    }  # fmt: skip
    change_looks(cast.lab, author=cast.bob, patch={"nodes/c1": None, "nodes/gone": None})
    assert not Look.objects.filter(lab=cast.lab).exists()
    assert [one.body["kind"] for one in LabEvent.objects.filter(lab=cast.lab)] == ["looks"] * 3


BAD_LOOKS: dict[str, Any] = {
    "no object": [],
    "no ref": {"br0": {}},
    "a ref into nothing": {"nodes/../x": {}},
    "the prototype": {"nodes/c1": {"__proto__": 1}},
    "infinity": {"nodes/c1": {"x": float("inf")}},
    "not a number": {"nodes/c1": {"x": float("nan")}},
    "far away": {"nodes/c1": {"x": 1e12}},
    "markup": {"nodes/c1": {"color": "<b>"}},
    "an object": {"nodes/c1": {"deep": {"a": 1}}},
    "a long list": {"nodes/c1": {"bends": [{"x": 1, "y": 1}] * 500}},
    "many keys": {"nodes/c1": {f"k{n}": 1 for n in range(100)}},
    "text instead of a look": {"nodes/c1": "left"},
}


@pytest.mark.parametrize("patch", BAD_LOOKS.values(), ids=BAD_LOOKS.keys())
def test_looks_that_cannot_be_kept_are_refused_whole(cast: Cast, patch: Any) -> None:
    with pytest.raises(InvalidDocument):
        change_looks(cast.lab, author=cast.alice, patch=patch)
    assert not Look.objects.filter(lab=cast.lab).exists()
    assert not LabEvent.objects.filter(lab=cast.lab).exists()


def test_an_old_revision_comes_back_as_a_new_one(cast: Cast) -> None:
    before = head_of(cast.lab)
    do(cast.lab, cast.alice, changed("nodes", "br0", "stp", False, True))
    do(cast.lab, cast.alice, {"nodes": {"added": {"c9": {"kind": "container", "host": "h1"}}}})
    assert restore_revision(cast.lab, author=cast.bob, number=0).revision == 3
    assert head_of(cast.lab) == before
    assert restore_revision(cast.lab, author=cast.bob, number=0).revision == 3
    with pytest.raises(NotFound):
        restore_revision(cast.lab, author=cast.bob, number=99)


def test_a_file_takes_the_place_by_an_edit(cast: Cast) -> None:
    text = DRAWN.replace("name: Lab of Alice", "name: New name").replace("10.0.0.2", "10.0.0.9")
    do(cast.lab, cast.bob, changed("nodes", "br0", "stp", False, True))
    edited = replace_document(cast.lab, author=cast.alice, text=text, base=0)
    assert edited.edit == {
        "interfaces": {
            "added": {},
            "changed": {"c2:eth0": {"addresses": [["10.0.0.2/24"], ["10.0.0.9/24"]]}},
            "removed": {},
        }
    }
    assert head_of(cast.lab).nodes["br0"].stp is True  # type: ignore[attr-defined]
    assert Lab.objects.get(pk=cast.lab.pk).name == "New name"


def test_a_file_that_clashes_with_what_others_did_is_stale(cast: Cast) -> None:
    do(cast.lab, cast.bob, changed("interfaces", "c2:eth0", "addresses", ["10.0.0.2/24"], []))
    text = DRAWN.replace("10.0.0.2", "10.0.0.9").replace("Lab of Alice", "Other")
    with pytest.raises(Stale):
        replace_document(cast.lab, author=cast.alice, text=text, base=0)
    assert Lab.objects.get(pk=cast.lab.pk).name == "Lab of Alice"


def test_a_file_with_a_bomb_in_it_changes_nothing(cast: Cast) -> None:
    bomb = "trunkline: 1\nname: &a [x]\nnodes: {h1: {kind: host, label: *a}}"
    with pytest.raises(InvalidDocument):
        replace_document(cast.lab, author=cast.alice, text=bomb, base=0)
    assert Revision.objects.filter(lab=cast.lab).count() == 1


def test_a_lab_goes_for_good(cast: Cast) -> None:
    delete_lab(cast.lab, author=cast.alice)
    assert not Lab.objects.exists()
    assert Audit.objects.filter(action="delete", actor=cast.alice).count() == 1


def test_what_objects_keeps_a_lab(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from designer.labs.actions import delete_lab as module

    monkeypatch.setattr(module, "objections", [lambda lab: f"{lab.name} stands."])
    with pytest.raises(Refused, match="Lab of Alice stands"):
        delete_lab(cast.lab, author=cast.alice)
    assert Lab.objects.count() == 1
    assert not Audit.objects.filter(action="delete").exists()


def test_every_new_user_is_in_the_default_team(db: None) -> None:
    one, other = create_user("one"), User.objects.create_superuser("other")
    assert list(one.teams.all()) == list(other.teams.all())
    assert one.teams.get().is_default


def test_the_sandbox_login_is_new_each_time_and_the_first_lab_is_made_once(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def login() -> dict[str, Any]:
        call_command("sandbox_login", "--json")
        made: dict[str, Any] = json.loads(capsys.readouterr().out)
        return made

    first, second = login(), login()
    assert first["username"] == second["username"] == "student"
    assert first["password"] != second["password"]
    assert User.objects.get(username="student").check_password(second["password"])
    assert first["lab"] == second["lab"]
    delete_lab(Lab.objects.get(pk=first["lab"]), author=None)
    assert login()["lab"] is None


def test_export_and_load_lead_back_to_the_same_design(cast: Cast) -> None:
    from designer.labs import documents

    lab = Lab.objects.select_related("head").get(pk=cast.lab.pk)
    text = files.dump_yaml(documents.of(lab).design)
    assert replace_document(lab, author=None, text=text, base=0).revision == 0
