"""What is wrong with a document, said so that a person or a program can mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place.

    ``pointer`` is a JSON pointer (RFC 6901) into the document; ``code`` is stable for programs;
    ``message`` says what is wrong and ``allowed`` what would be right.
    """

    code: str
    pointer: str
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        text = f"{self.pointer or '/'}: {self.message}"
        return f"{text} Allowed: {self.allowed}." if self.allowed else text


class InvalidDocument(ValueError):
    """The document cannot be a design; ``problems`` has every reason found, in order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class InvalidValue(ValueError):
    """One value is not what its field takes; the caller knows the place and adds it."""

    def __init__(self, code: str, message: str, allowed: str) -> None:
        self.code, self.message, self.allowed = code, message, allowed
        super().__init__(message)

    def at(self, pointer: str) -> Problem:
        return Problem(self.code, pointer, self.message, self.allowed)


def pointer(*parts: Any) -> str:
    """A JSON pointer of these parts (RFC 6901 escapes ``~`` and ``/``)."""
    return "".join("/" + _part(part).replace("~", "~0").replace("/", "~1") for part in parts)


def shown(value: Any) -> str:
    """A value as a message quotes it: short, printable, and safe whatever was sent: a list
    10,000 levels deep or a number of 10,000 digits has no ``repr``."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 128 else "a huge number"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return "an object" if value else "an empty object"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    return f"a value of type {type(value).__name__}"


def _part(part: Any) -> str:
    """One step of a pointer. What cannot be encoded is replaced, so that an answer can be sent."""
    if type(part) is int and part.bit_length() < 64:
        return str(part)
    text = part if isinstance(part, str) else shown(part)
    if len(text) > 2 * _LONGEST_SHOWN:
        text = text[: 2 * _LONGEST_SHOWN] + "…"
    return text.encode("utf-8", "replace").decode("utf-8")
