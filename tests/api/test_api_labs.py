"""Labs over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from designer.labs.actions import delete_lab as deleting
from designer.labs.models import Lab, Revision
from tests.cast import DRAWN, Cast
from tests.people import Browser

STP_ON = {"nodes": {"changed": {"br0": {"stp": [False, True]}}}}


def test_who_am_i(alice: Browser) -> None:
    me = alice.get("/api/me")
    assert (me["name"], [team["role"] for team in me["teams"]]) == ("alice", ["owner"])


def test_kinds_are_what_the_topology_says(alice: Browser) -> None:
    kinds = {kind["kind"]: kind for kind in alice.get("/api/kinds")}
    assert list(kinds) == [
        "host", "nic", "bridge", "network", "trunk", "vm", "container", "router", "segment",
        "interface", "link", "check",
    ]  # fmt: skip
    ageing = next(one for one in kinds["bridge"]["fields"] if one["name"] == "ageing_time")
    assert (ageing["unit"], ageing["default"], ageing["schema"]["maximum"]) == ("s", 300, 1000000)
    host = next(one for one in kinds["bridge"]["fields"] if one["name"] == "host")
    assert host["required"] is True


def test_a_lab_is_made_renamed_and_deleted(alice: Browser, bob: Browser) -> None:
    lab = alice.send("POST", "/api/labs", {"name": "New"}, 201)
    assert (lab["revision"], lab["deployed"], lab["team"]) == (0, False, "Wiring")
    path = f"/api/labs/{lab['id']}"
    assert bob.send("PATCH", path, {"name": "Newer"})["name"] == "Newer"
    assert bob.get(path)["name"] == "Newer"
    assert alice.send("DELETE", path, status=204) is None
    assert alice.ask("GET", path, "").status_code == 404


def test_a_lab_is_made_of_a_template_or_a_file(alice: Browser) -> None:
    slugs = {template["slug"] for template in alice.get("/api/templates")}
    assert "two-containers" in slugs
    lab = alice.send("POST", "/api/labs", {"template": "two-containers"}, 201)
    assert lab["name"]
    assert alice.send("POST", "/api/labs", {"text": DRAWN}, 201)["name"] == "Lab of Alice"
    assert alice.send("POST", "/api/labs", {"template": "none"}, 404)["code"] == "not-found"


def test_a_deployed_lab_stays(cast: Cast, alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "objections", [lambda lab: "It stands on hv1. Destroy it first."])
    refusal = alice.send("DELETE", f"/api/labs/{cast.lab.pk}", status=409)
    assert (refusal["code"], refusal["message"]) == (
        "deployed", "It stands on hv1. Destroy it first.",
    )  # fmt: skip


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_a_document_goes_out_and_comes_back(cast: Cast, alice: Browser, format: str) -> None:
    path = f"/api/labs/{cast.lab.pk}/document"
    answer: Any = alice.ask("GET", f"{path}?format={format}", "")
    assert answer["Content-Disposition"].endswith(f'.{format}"')
    text = answer.content.decode()
    assert alice.send("PUT", path, {"text": text, "base": 0})["revision"] == 0
    changed = text.replace("10.0.0.2", "10.0.0.7")
    edited = alice.send("PUT", path, {"text": changed, "base": 0})
    assert (edited["revision"], list(edited["edit"])) == (1, ["interfaces"])
    assert alice.ask("GET", f"{path}?format={format}", "").content.decode() == changed


def test_edits_revisions_and_the_way_back(cast: Cast, alice: Browser, bob: Browser) -> None:
    path = f"/api/labs/{cast.lab.pk}"
    body = {"edit_id": "one", "base": 0, "edit": STP_ON}
    first = alice.send("POST", f"{path}/edits", body)
    assert alice.send("POST", f"{path}/edits", body) == first
    contested = {"nodes": {"changed": {"br0": {"label": ["old", "new"]}}}}
    stale = bob.send("POST", f"{path}/edits", {"edit_id": "two", "base": 0, "edit": contested}, 409)
    assert (stale["code"], stale["conflicts"][0]["pointer"]) == ("stale", "/nodes/br0/label")
    assert bob.send("POST", f"{path}/revisions/0/restore")["revision"] == 2
    revisions = alice.get(f"{path}/revisions")
    assert [(one["number"], one["author"]["name"]) for one in revisions] == [
        (2, "bob"), (1, "alice"), (0, "alice"),
    ]  # fmt: skip
    assert revisions[0]["summary"] == "Back to revision 0"
    assert [one["number"] for one in alice.get(f"{path}/revisions?before=2&limit=1")] == [1]
    assert bob.send("POST", f"{path}/revisions/77/restore", status=404)["code"] == "not-found"


def test_findings_come_with_the_edit(cast: Cast, alice: Browser) -> None:
    twice = {
        "interfaces": {"changed": {"c2:eth0": {"addresses": [["10.0.0.2/24"], ["10.0.0.1/24"]]}}}
    }
    path = f"/api/labs/{cast.lab.pk}/edits"
    findings = alice.send("POST", path, {"edit_id": "e", "base": 0, "edit": twice})["findings"]
    assert any(one["severity"] == "error" and "c2:eth0" in one["ref"] for one in findings)
    assert all({"code", "ref", "field", "message", "fix"} <= set(one) for one in findings)


EDIT_HEAD = '{"edit_id":"e","base":0,"edit":'
BAD_BODIES: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ("{", "json"),
    "nothing": ("", "missing"),
    "NaN": (EDIT_HEAD + '{"nodes":{"changed":{"br0":{"priority":[NaN,1]}}}}}', "number"),
    "a key twice": ('{"edit_id":"e","edit_id":"f","base":0,"edit":{}}', "duplicate-key"),
    "ten thousand levels": (EDIT_HEAD + '{"a":' * 10_000 + "1" + "}" * 10_001, "too-deep"),
    "a hundred levels": (EDIT_HEAD + '{"a":' * 100 + "1" + "}" * 101, "too-deep"),
    "half a character": (EDIT_HEAD + '{"nodes":{"removed":{"\\ud800":{}}}}}', "surrogate"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "json"),
    "no UTF-8": (b'{"edit_id":"\xff"}', "encoding"),
    "a number too long to read": (EDIT_HEAD + "1" * 5000 + "}", "json"),
    "a field too many": ('{"edit_id":"e","base":0,"edit":{},"admin":1}', "extra_forbidden"),
    "a base as text": ('{"edit_id":"e","base":"0","edit":{}}', "int_type"),
    "a base as truth": ('{"edit_id":"e","base":true,"edit":{}}', "int_type"),
    "no edit": ('{"edit_id":"e","base":0}', "missing"),
    "a list": ("[]", "model_attributes_type"),
}


@pytest.mark.parametrize(("body", "code"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_told_what_is_wrong(
    cast: Cast, alice: Browser, body: str | bytes, code: str
) -> None:
    answer: Any = alice.ask("POST", f"/api/labs/{cast.lab.pk}/edits", body)
    assert answer.status_code == 422, answer.content
    error = answer.json()
    assert set(error) == {"code", "message", "problems", "findings", "conflicts"}
    assert error["problems"][0]["code"] == code
    assert Revision.objects.count() == 1


def test_a_long_number_is_out_of_range_and_quoted_shortly(cast: Cast, alice: Browser) -> None:
    edit = '{"nodes":{"changed":{"br0":{"priority":[32768,' + "9" * 4000 + "]}}}}"
    answer: Any = alice.ask("POST", f"/api/labs/{cast.lab.pk}/edits", EDIT_HEAD + edit + "}")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["pointer"] == "/nodes/br0/priority"
    assert len(answer.content) < 3000


def test_markup_in_a_name_is_text(alice: Browser) -> None:
    name = "<script>alert(1)</script>"
    lab = alice.send("POST", "/api/labs", {"name": name}, 201)
    answer: Any = alice.ask("GET", f"/api/labs/{lab['id']}", "")
    assert answer.json()["name"] == name
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_was_not_foreseen_has_the_same_shape(
    alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from designer.api import labs

    def fail(user: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(labs, "_labs", fail)
    answer: Any = alice.ask("GET", "/api/labs", "")
    assert (answer.status_code, answer.json()["code"]) == (500, "server")
    assert b"secret" not in answer.content


def test_an_address_that_is_not_there(alice: Browser) -> None:
    assert alice.ask("GET", "/api/labs/not-a-uuid", "").status_code == 404
    assert Lab.objects.count() == 1
