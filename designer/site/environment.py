"""What the process environment says, read in one place and with plain errors."""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;"  # readers do not wait for the writer
    "PRAGMA synchronous=NORMAL;"  # safe with WAL; loses at most the last commits at power loss
    "PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-32000;"  # kiB
)


def flag(name: str, default: bool = False) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")


def number(name: str, default: int) -> int:
    """A whole number, zero or more."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number.")
    return int(value)


def words(name: str, default: str) -> list[str]:
    """A list with commas between."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def prefixes(name: str, default: str) -> dict[int, str]:
    """An IP prefix for each version, 4 and 6; a version that is not named has its default."""
    found: dict[int, str] = {}
    for word in (*words(name, default), *default.split(",")):
        try:
            prefix = ip_network(word)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} has {word!r}: {error}. Set it to prefixes such as {default}."
            ) from None
        found.setdefault(prefix.version, str(prefix))
    return found


def secret_key(folder: Path) -> str:
    """The signing key: from the environment, or made once and kept where only we can read."""
    given = os.environ.get("TRUNKLINE_SECRET_KEY", "")
    if given:
        return given
    kept = folder / "secret-key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f".secret-key.{os.getpid()}.{secrets.token_hex(4)}"
        with open(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(mine, kept)  # fails where another process was first: its key holds
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return kept.read_text().strip()


def database(url: str) -> dict[str, Any]:
    """Django's settings for ``sqlite:///PATH`` or ``postgres://USER:PASSWORD@HOST:PORT/NAME``.

    A PostgreSQL socket folder goes into the query: ``postgres:///NAME?host=/run/postgresql``.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "OPTIONS": {
                # A transaction takes the write lock at its start: two writers queue up instead
                # of one of them failing half-way with "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,  # seconds
                "init_command": SQLITE_PRAGMAS,
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        query = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or query.pop("user", "")),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", "") or parts.hostname or "",
            "PORT": str(parts.port or query.pop("port", "")),
            "CONN_MAX_AGE": 60,  # seconds
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": query,
        }
    raise ImproperlyConfigured(
        f"TRUNKLINE_DATABASE_URL starts with {parts.scheme!r}. "
        "Use sqlite:///absolute/path or postgres://user:password@host:5432/name."
    )
