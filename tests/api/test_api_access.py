"""Every endpoint that there is, asked by those who must be kept out.

The list is the OpenAPI document itself: a new endpoint is tested the day it is written.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from designer.api.main import api
from designer.labs.models import Audit, Lab
from tests.cast import Cast
from tests.people import Browser

ENDPOINTS = [
    (method.upper(), path, operation["operationId"])
    for path, operations in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
    for method, operation in operations.items()
]
OF_A_LAB = [one for one in ENDPOINTS if "{lab_id}" in one[1]]
WRITING = [one for one in ENDPOINTS if one[0] != "GET"]

BODIES: dict[str, Any] = {
    "create_lab": {"name": "Mine"},
    "rename_lab": {"name": "Mine"},
    "replace_document": {"text": "trunkline: 1\n", "base": 0},
    "edit_lab": {
        "edit_id": "e",
        "base": 0,
        "edit": {"nodes": {"changed": {"br0": {"stp": [False, True]}}}},
    },
    "put_placement": {"placement": {}},
    "start_deployment": {"kind": "plan"},
    "act_on_vm": {"action": "start"},
    "act_on_vms": {"action": "start"},
    "ask_console": {"kind": "serial"},
}


def path_of(path: str, lab_id: Any) -> str:
    numbers = {"lab_id": lab_id, "number": 0, "node": "vm1"}
    for name in ("deployment_id", "hypervisor_id", "image_id", "upload_id"):
        numbers[name] = uuid4()
    return path.format(**numbers)


def test_the_list_is_not_empty() -> None:
    assert len(OF_A_LAB) >= 10
    assert {"create_lab", "edit_lab", "start_deployment"} <= {one[2] for one in WRITING}


@pytest.mark.parametrize(("method", "path", "name"), ENDPOINTS)
def test_anonymous_gets_nothing(
    cast: Cast, nobody: Browser, method: str, path: str, name: str
) -> None:
    answer: Any = nobody.ask(method, path_of(path, cast.lab.pk), BODIES.get(name, {}))
    assert answer.status_code == 401, answer.content
    assert answer.json()["code"] == "signed-out"
    assert Lab.objects.get().revision == 0


@pytest.mark.parametrize(("method", "path", "name"), OF_A_LAB)
def test_charlie_is_told_that_there_is_no_such_lab(
    cast: Cast, charlie: Browser, method: str, path: str, name: str
) -> None:
    lines = Audit.objects.count()
    theirs: Any = charlie.ask(method, path_of(path, cast.lab.pk), BODIES.get(name, {}))
    none: Any = charlie.ask(method, path_of(path, uuid4()), BODIES.get(name, {}))
    assert theirs.status_code == none.status_code == 404, theirs.content
    assert theirs.json() == none.json()
    assert theirs.json()["code"] == "not-found"
    assert Audit.objects.count() == lines


@pytest.mark.parametrize(("method", "path", "name"), WRITING)
def test_a_foreign_page_can_send_nothing(
    cast: Cast, alice: Browser, method: str, path: str, name: str
) -> None:
    lines = Audit.objects.count()
    path = path_of(path, cast.lab.pk)
    answer: Any = alice.ask(method, path, BODIES.get(name, {}), token=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert Audit.objects.count() == lines


def test_lists_hold_only_what_one_may_see(
    cast: Cast, alice: Browser, bob: Browser, charlie: Browser
) -> None:
    assert [lab["name"] for lab in alice.get("/api/labs")] == ["Lab of Alice"]
    assert [lab["role"] for lab in bob.get("/api/labs")] == ["member"]
    assert charlie.get("/api/labs") == []


def test_a_lab_cannot_be_put_into_a_team_of_others(cast: Cast, charlie: Browser) -> None:
    body = {"name": "Mine", "team": str(cast.lab.team_id)}
    assert charlie.send("POST", "/api/labs", body, 404)["message"] == "There is no such team."


def test_an_inactive_user_gets_nothing(cast: Cast, bob: Browser) -> None:
    cast.bob.is_active = False
    cast.bob.save()
    assert bob.ask("GET", "/api/labs", "").status_code == 401
