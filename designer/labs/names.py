"""What a lab may be called."""

from __future__ import annotations

from designer.topology import document, fields
from designer.topology.problems import InvalidDocument, InvalidValue, Problem

LONGEST = document.LONGEST_NAME
LONGEST_DESCRIPTION = document.LONGEST_DESCRIPTION


def read_name(value: object) -> str:
    """A lab's name: one line that shows something."""
    allowed = f"1 to {LONGEST} characters on one line"
    try:
        name = fields.read_text(value, LONGEST).strip()
    except InvalidValue as error:
        raise InvalidDocument([error.at("/name")]) from None
    if not name or "\n" in name:
        raise InvalidDocument([Problem("name", "/name", "A lab has a name.", allowed)])
    return name


def read_description(value: object) -> str:
    try:
        return fields.read_text(value, LONGEST_DESCRIPTION, lines=True)
    except InvalidValue as error:
        raise InvalidDocument([error.at("/description")]) from None
