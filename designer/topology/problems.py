"""What is wrong with a document, said so that a person or a program can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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


def pointer(*parts: str | int) -> str:
    """A JSON pointer of these parts (RFC 6901 escapes ``~`` and ``/``)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
