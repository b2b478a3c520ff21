"""How records are drawn. Opaque to the rules and the compiler; small and harmless by form.

A patch is ``{REF: {…} | null}``: an object is laid over what stands there (a key with null goes),
null takes the whole look away. REF is ``nodes/ID``, ``interfaces/ID``, ``links/ID`` or
``checks/ID``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from designer.topology.problems import InvalidDocument, Problem, pointer
from designer.topology.records import INTERFACE_ID, LINK_ID, NODE_ID

REF_FORMS = {
    "nodes": NODE_ID,
    "interfaces": INTERFACE_ID,
    "links": LINK_ID,
    "checks": LINK_ID,
}
KEY = re.compile(r"^[a-z][A-Za-z0-9_]{0,39}$")
TEXT = re.compile(r"^[\w #.,:()%/-]{0,80}$")
MOST_KEYS = 24
MOST_IN_PATCH = 20_000
MOST_POINTS = 200
FARTHEST = 10_000_000.0
"""Pixels from the origin."""

Values = dict[str, Any]
Patch = dict[str, Values | None]


def read_patch(patch: Any) -> Patch:
    """The patch as it may be stored. Raises :class:`InvalidDocument` with every problem."""
    if not isinstance(patch, Mapping) or len(patch) > MOST_IN_PATCH:
        allowed = f"an object of at most {MOST_IN_PATCH} looks by ref"
        raise InvalidDocument([Problem("looks", "", "It is no patch of looks.", allowed)])
    problems: list[Problem] = []
    read: Patch = {}
    for ref, values in patch.items():
        at = pointer(str(ref))
        table, _, id = str(ref).partition("/")
        if table not in REF_FORMS or not REF_FORMS[table].fullmatch(id):
            allowed = "nodes/ID, interfaces/ID, links/ID or checks/ID"
            problems.append(Problem("ref", at, "It names no record.", allowed))
        elif values is None:
            read[ref] = None
        elif not isinstance(values, Mapping) or len(values) > MOST_KEYS:
            allowed = f"an object of at most {MOST_KEYS} keys, or null"
            problems.append(Problem("looks", at, "It is no look.", allowed))
        else:
            read[ref] = {key: value for key, value in values.items() if _fits(key, value)}
            problems += [
                Problem("looks", at + pointer(str(key)), "It cannot be kept.", _ALLOWED)
                for key, value in values.items()
                if not _fits(key, value)
            ]
    if problems:
        raise InvalidDocument(problems)
    return read


def merged(old: Mapping[str, Any] | None, patch: Values) -> Values:
    """A look with a patch laid over it."""
    values = {**(old or {}), **patch}
    return {key: value for key, value in values.items() if value is not None}


_ALLOWED = (
    "null, true, false, a number of pixels, a short plain text or a list of {x, y}; "
    "keys start with a small letter and have at most 40 letters and digits"
)


def _fits(key: Any, value: Any) -> bool:
    if not isinstance(key, str) or not KEY.fullmatch(key):
        return False
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return TEXT.fullmatch(value) is not None
    if isinstance(value, list):
        return len(value) <= MOST_POINTS and all(map(_is_point, value))
    return _is_number(value)


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= FARTHEST
        and math.isfinite(value)
    )


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"x", "y"}
        and all(map(_is_number, value.values()))
    )
