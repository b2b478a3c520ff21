"""Uploads: piece by piece, gone on with, compared, deduplicated, refused in time."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from designer.images import hashing, storage
from designer.images.actions.sweep_uploads import sweep_contents, sweep_uploads
from designer.images.models import Image, Upload
from designer.labs.models import Audit, Quota
from tests.cast import Cast
from tests.images.samples import qcow2, raw
from tests.people import Browser

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

UPLOADS = "/api/images/uploads"


def begin(who: Browser, content: bytes, status: int = 201, **more: Any) -> Any:
    body = {"name": "disk.img", "role": "disk", "size": len(content), **more}
    return who.send("POST", UPLOADS, body, status)


def send(who: Browser, upload: Any, offset: int, piece: bytes, status: int = 200) -> Any:
    path = f"{UPLOADS}/{upload['id']}?offset={offset}"
    answer = who.client.put(
        path, piece, content_type="application/octet-stream", headers={"X-CSRFToken": who.token}
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def finish(who: Browser, upload: Any, status: int = 201) -> Any:
    return who.send("POST", f"{UPLOADS}/{upload['id']}/finish", {}, status)


def uploaded(who: Browser, content: bytes, **more: Any) -> Any:
    upload = begin(who, content, **more)
    send(who, upload, 0, content)
    return finish(who, upload)


@pytest.fixture
def disk(tmp_path: Path) -> bytes:
    return qcow2(tmp_path / "disk.qcow2").read_bytes()


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.rglob("*") if one.is_file() and one.name != "lock")


def test_a_disk_comes_in_pieces(alice: Browser, bob: Browser, folder: Path, disk: bytes) -> None:
    upload = begin(alice, disk, sha256=hashlib.sha256(disk).hexdigest().upper())
    half = len(disk) // 2
    assert send(alice, upload, 0, disk[:half])["received"] == half
    assert alice.get(f"{UPLOADS}/{upload['id']}")["received"] == half
    assert send(alice, upload, half, disk[half:])["received"] == len(disk)
    image = finish(alice, upload)
    digest = hashlib.sha256(disk).hexdigest()
    assert (image["format"], image["virtual_size"], image["sha256"]) == ("qcow2", 64 << 20, digest)
    assert (image["state"], image["by"], image["labs"]) == ("ready", "alice", [])
    assert storage.content(digest).read_bytes() == disk
    assert files(folder) == [digest]
    assert [one["name"] for one in bob.get("/api/images")] == ["disk.img"]
    assert {"image.upload", "image.add"} <= set(Audit.objects.values_list("action", flat=True))


def test_it_goes_on_after_an_interruption(alice: Browser, disk: bytes) -> None:
    upload = begin(alice, disk)
    send(alice, upload, 0, disk[:1000])
    again = send(alice, upload, 0, disk[:1000], 409)
    assert again["code"] == "offset"
    assert finish(alice, upload, 409)["code"] == "incomplete"
    hashing.forget(Upload.objects.get().pk)  # the server was started again
    send(alice, upload, 1000, disk[1000:])
    assert finish(alice, upload)["sha256"] == hashlib.sha256(disk).hexdigest()


def test_a_wrong_checksum_keeps_nothing(alice: Browser, folder: Path, disk: bytes) -> None:
    upload = begin(alice, disk, sha256="0" * 64)
    send(alice, upload, 0, disk)
    refused = finish(alice, upload, 409)
    assert (refused["code"], hashlib.sha256(disk).hexdigest() in refused["message"]) == (
        "checksum",
        True,
    )
    assert (files(folder), Upload.objects.count(), Image.objects.count()) == ([], 0, 0)


def test_one_content_is_kept_once_and_goes_with_its_last_image(
    alice: Browser, charlie: Browser, folder: Path, disk: bytes
) -> None:
    one = uploaded(alice, disk)
    two = uploaded(alice, disk, name="again.img")
    theirs = uploaded(charlie, disk)
    assert len(files(folder)) == 1
    for who, image in ((alice, one), (charlie, theirs)):
        who.send("DELETE", f"/api/images/{image['id']}", "", 204)
        assert len(files(folder)) == 1
    alice.send("DELETE", f"/api/images/{two['id']}", "", 204)
    assert files(folder) == []


def test_an_image_gives_way_to_another_of_its_name(
    alice: Browser, folder: Path, tmp_path: Path, disk: bytes
) -> None:
    old = uploaded(alice, disk)
    assert begin(alice, disk, 409)["code"] == "name-taken"
    other = raw(tmp_path / "other").read_bytes()
    new = uploaded(alice, other, replaces=True)
    assert (new["id"], new["format"]) == (old["id"], "raw")
    assert files(folder) == [hashlib.sha256(other).hexdigest()]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "%2e%2e",
        "/etc/shadow",
        "-rf",
        "a b",
        "x\n",
        "ä",
        "a@b",
        "x" * 101,
    ],
)
def test_names_that_lead_elsewhere(alice: Browser, name: str, disk: bytes, folder: Path) -> None:
    refused = begin(alice, disk, 422, name=name)
    assert refused["problems"][0]["pointer"] == "/name"
    assert (Upload.objects.count(), files(folder)) == (0, [])


def test_what_does_not_fit_is_refused_before_it_comes(
    alice: Browser, cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMAGE_LARGEST = 1000
    assert begin(alice, bytes(1001), 409)["code"] == "too-large"
    assert begin(alice, b"", 409)["code"] == "empty"
    settings.IMAGE_LARGEST = 64 << 30
    body = {"name": "a", "role": "disk", "size": 3 << 30}
    Quota.objects.create(team=cast.lab.team, images=2)
    refused = alice.send("POST", UPLOADS, body, 409)
    assert refused["code"] == "quota-images"
    assert "3.0 GiB" in refused["message"]
    assert "may hold 2.0 GiB and holds 0 B" in refused["message"]
    alice.send("POST", UPLOADS, {**body, "size": 1 << 30}, 201)
    half = alice.send("POST", UPLOADS, {**body, "name": "b", "size": 3 << 29}, 409)
    assert "1.0 GiB are being uploaded" in half["message"]
    monkeypatch.setattr(storage, "free", lambda: 500)
    none = alice.send("POST", UPLOADS, {**body, "name": "c", "size": 501}, 409)
    assert (none["code"], "500 B left" in none["message"]) == ("no-space", True)


def test_a_disk_that_gets_full_keeps_nothing(
    alice: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch, disk: bytes
) -> None:
    upload = begin(alice, disk)
    send(alice, upload, 0, disk[:1000])
    monkeypatch.setattr(storage, "free", lambda: 10)
    refused = send(alice, upload, 1000, disk[1000:2000], 409)
    assert (refused["code"], "after 1.0 KiB of" in refused["message"]) == ("no-space", True)
    assert (files(folder), Upload.objects.count()) == ([], 0)


def test_more_than_was_told_is_refused(alice: Browser, disk: bytes) -> None:
    upload = begin(alice, disk)
    assert send(alice, upload, 0, disk + b"x", 409)["code"] == "too-large"


def test_cancelled_and_forgotten_uploads_leave_nothing(
    alice: Browser, folder: Path, disk: bytes
) -> None:
    one, two = begin(alice, disk), begin(alice, disk, name="two")
    alice.send("DELETE", f"{UPLOADS}/{one['id']}", "", 204)
    assert files(folder) == [two["id"]]
    Upload.objects.update(touched="2020-01-01T00:00:00Z")
    sweep_uploads()
    assert (files(folder), Upload.objects.count()) == ([], 0)


def test_contents_that_a_crash_left_are_swept(alice: Browser, folder: Path, disk: bytes) -> None:
    image = uploaded(alice, disk)
    storage.content("f" * 64).write_bytes(b"left")
    sweep_contents()
    assert files(folder) == [image["sha256"]]


def test_another_team_finds_nothing(
    alice: Browser, bob: Browser, charlie: Browser, disk: bytes, cast: Cast
) -> None:
    image = uploaded(alice, disk)
    upload = begin(alice, disk, name="two")
    assert charlie.get("/api/images") == []
    charlie.send("DELETE", f"/api/images/{image['id']}", "", 404)
    begin(charlie, disk, 404, team=str(cast.lab.team_id))
    for who in (charlie, bob):  # a teammate does not write into hers either
        send(who, upload, 0, b"x", 404)
        finish(who, upload, 404)
        who.send("DELETE", f"{UPLOADS}/{upload['id']}", "", 404)
        who.send("GET", f"{UPLOADS}/{upload['id']}", "", 404)
    assert uploaded(charlie, disk)["team"] == "Others"  # the same name is free there
