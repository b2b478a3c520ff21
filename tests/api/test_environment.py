"""What the environment can say, and what it may not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from designer.site import environment


def test_a_sqlite_url() -> None:
    assert environment.database("sqlite:////var/x%20y.db")["NAME"] == "//var/x y.db"
    made = environment.database("sqlite:///var/x.db")
    assert made["NAME"] == "/var/x.db"
    assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgres://u:p%40ss@db:5433/lab", ("lab", "u", "p@ss", "db", "5433")),
        ("postgresql://u@db/lab", ("lab", "u", "", "db", "")),
        ("postgres:///lab?host=/run/postgresql", ("lab", "", "", "/run/postgresql", "")),
    ],
)
def test_a_postgres_url(url: str, parts: tuple[str, ...]) -> None:
    made = environment.database(url)
    assert tuple(made[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == parts


def test_another_database_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(ImproperlyConfigured, match="sqlite:///"):
        environment.database("mysql://localhost/x")


def test_a_key_is_made_once_and_is_ours_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRUNKLINE_SECRET_KEY", raising=False)
    key = environment.secret_key(tmp_path / "var")
    assert len(key) >= 50
    assert environment.secret_key(tmp_path / "var") == key
    [file] = (tmp_path / "var").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_switch_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_HTTPS", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="TRUNKLINE_HTTPS"):
        environment.flag("TRUNKLINE_HTTPS")
