"""Signing in, the canvas's page, and the headers of all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from designer.labs import throttle
from designer.labs.actions.create_user import create_user
from designer.labs.models import FailedSignIn
from designer.site import settings as site
from designer.site.origins import is_ours, is_same

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_hash(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def member(db: None) -> str:
    cache.clear()
    create_user("alice", password=PASSWORD)
    return "alice"


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login", {"username": "alice", "password": password, **more})


@pytest.mark.parametrize("path", ["/", "/labs/0b6a9f0e-6c5d-4f0e-9b0a-0f5b1c2d3e4f"])
def test_anonymous_is_led_to_sign_in_and_back(client: Client, member: str, path: str) -> None:
    answer: Any = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login?next={path}")
    assert sign_in(client, next=path)["Location"] == path


@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_signing_in_leads_to_no_other_site(client: Client, member: str, next: str) -> None:
    assert sign_in(client, next=next)["Location"] == "/"


def test_signing_out_ends_the_session(client: Client, member: str) -> None:
    sign_in(client)
    assert client.get("/api/me").status_code == 200
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/api/me").status_code == 401


def test_signing_in_wants_a_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/login", {"username": "a", "password": "b"}).status_code == 403


def test_guessing_is_slowed_down_for_the_guesser_only(client: Client, member: str) -> None:
    for _ in range(throttle.MOST_BY_NAME):
        assert b"correct username and password" in sign_in(client, "guess").content
    assert b"Too many wrong passwords" in sign_in(client, PASSWORD).content
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere).status_code == 302


def test_a_name_in_other_letters_is_the_same_name(client: Client, member: str) -> None:
    for number in range(throttle.MOST_BY_NAME):
        name = "ALICE " if number % 2 else "Alice"
        client.post("/login", {"username": name, "password": "guess"})
    assert b"Too many wrong passwords" in sign_in(client).content


def test_after_a_while_one_may_try_again(client: Client, member: str) -> None:
    for _ in range(throttle.MOST_BY_NAME):
        sign_in(client, "guess")
    FailedSignIn.objects.update(at=timezone.now() - throttle.WINDOW - timedelta(seconds=1))
    assert sign_in(client).status_code == 302
    sign_in(Client(), "guess")
    assert FailedSignIn.objects.count() == 1


def test_many_names_from_one_address_are_slowed_down_too(client: Client, member: str) -> None:
    for number in range(throttle.MOST_BY_ADDRESS):
        throttle.failed(f"user{number}", "127.0.0.1")
    assert b"Too many wrong passwords" in sign_in(client).content


def test_a_forged_address_is_not_believed_without_a_proxy(client: Client, member: str) -> None:
    for number in range(throttle.MOST_BY_NAME):
        client.post(
            "/login",
            {"username": "alice", "password": "guess"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        )
    assert b"Too many wrong passwords" in sign_in(client).content


@pytest.mark.parametrize("path", ["/login", "/", "/api/me", "/healthz", "/nothing/here"])
def test_every_answer_has_its_policy(client: Client, db: None, path: str) -> None:
    answer: Any = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    script = re.search(r"script-src ([^;]*)", policy)
    assert script is not None
    assert "unsafe" not in script[1]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_page_of_ours_has_inline_code(client: Client, db: None) -> None:
    text = client.get("/login").content.decode()
    assert not re.search(r"<script|<style|\son\w+=|style=", text)


def test_the_canvas_page_has_a_nonce_on_what_it_loads(
    client: Client, member: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_vite.core.asset_loader import DjangoViteAssetLoader, ManifestEntry

    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "manifest.json").write_text("{}")
    client_of_vite = DjangoViteAssetLoader.instance()._apps["default"]
    entry = ManifestEntry(file="assets/main-AbCdEf12.js", src="src/main.tsx", isEntry=True)
    monkeypatch.setattr(client_of_vite.manifest, "_entries", {"src/main.tsx": entry})
    sign_in(client)
    answer: Any = client.get("/")
    policy = re.search(r"script-src [^;]*'nonce-([^']+)'", answer["Content-Security-Policy"])
    assert policy is not None
    text = answer.content.decode()
    assert f'nonce="{policy[1]}"' in text
    assert "/static/assets/main-AbCdEf12.js" in text
    assert "csrftoken" in answer.cookies
    assert "no-store" in answer["Cache-Control"]
    again: Any = client.get("/")
    assert policy[1] not in again["Content-Security-Policy"]


def test_without_a_front_end_the_page_says_what_to_do(
    client: Client, member: str, tmp_path: Path, settings: Any
) -> None:
    settings.FRONTEND_DIST = tmp_path
    sign_in(client)
    answer = client.get("/")
    assert answer.status_code == 503
    assert b"make up" in answer.content


def test_health(client: Client, db: None) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_only_hashed_files_are_kept_for_ever() -> None:
    test: Callable[[str, str], bool] = site.is_immutable
    assert test("", "/static/assets/main-AbCdEf12.js")
    assert test("", "/static/assets/elk-worker.min-DDqn0pUe.js")
    assert not test("", "/static/site/pages.css")
    assert not test("", "/static/manifest.json")


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("https://lab.example", "lab.example:443", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("null", "localhost", False),
        ("", "", False),
        ("http://", "", False),
        ("http://localhost@evil.example", "localhost", False),
    ],
)
def test_an_origin_is_compared_whole(origin: str, host: str, same: bool) -> None:
    assert is_same(origin, host) is same


def test_only_names_that_we_answer_to_are_ours(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "[::1]"]
    assert is_ours("localhost:8000")
    assert is_ours("[::1]:8000")
    assert not is_ours("rebound.evil.example:8000")


def test_our_own_files_are_served_whole_and_by_halves(client: Client, db: None) -> None:
    whole: Any = client.get("/static/site/pages.css")
    assert (whole.status_code, whole["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert whole.content.startswith(b"/*")
    part: Any = client.get("/static/site/pages.css", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, whole.content[:4])
    etag = whole.headers.get("ETag") or whole.headers["Last-Modified"]
    name = "If-None-Match" if "ETag" in whole.headers else "If-Modified-Since"
    assert client.get("/static/site/pages.css", headers={name: etag}).status_code == 304
    head: Any = client.head("/static/site/pages.css")
    assert (head.content, head["Content-Length"]) == (b"", str(len(whole.content)))
    assert client.get("/static/site/../../settings.py").status_code == 404
