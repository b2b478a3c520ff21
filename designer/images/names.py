"""What an image may be called, and be for."""

from __future__ import annotations

from designer.images.models.image import Role
from designer.machine.images import SHA256
from designer.topology.fields import FILE_NAME
from designer.topology.problems import InvalidDocument, Problem, shown

ALLOWED = "1 to 100 of A-Z a-z 0-9 . _ -, a letter or digit first"


def read_name(value: str) -> str:
    """As a design may name it: a bare file name."""
    if not FILE_NAME.fullmatch(value):
        raise _invalid("name", f"{shown(value)} is no name for an image.", ALLOWED)
    return value


def read_role(value: str) -> str:
    if value not in Role.values:
        raise _invalid("role", f"{shown(value)} is nothing to boot.", ", ".join(Role.values))
    return value


def read_sha256(value: str) -> str:
    """Lower case; empty where it is not said."""
    text = value.strip().lower()
    if text and not SHA256.fullmatch(text):
        raise _invalid("sha256", f"{shown(value)} is no SHA-256.", "64 hexadecimal digits")
    return text


def _invalid(field: str, message: str, allowed: str) -> InvalidDocument:
    return InvalidDocument([Problem(field, f"/{field}", message, allowed)])
