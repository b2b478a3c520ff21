"""JSON from outside, read strictly: what two readers could understand differently is refused.

Python's own reader takes NaN, lets the last of two equal keys win and falls over at great depth.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from designer.topology.problems import InvalidDocument, Problem

DEEPEST = 40


def loads(text: str | bytes) -> Any:
    """The value, or :class:`InvalidDocument` with one problem."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        _measure(value)
    except InvalidDocument:
        raise
    except UnicodeDecodeError:
        raise _refused("encoding", "The text is not UTF-8.", "UTF-8") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise _refused("json", f"The text is not JSON: {error}.", "JSON (RFC 8259)") from None
    return value


def _measure(value: Any) -> None:
    """Refuses depth and lone surrogates, which no database and no other program takes."""
    level = [value]
    for _ in range(DEEPEST):
        if not level:
            return
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                _check_text(one)
            elif isinstance(one, dict):
                for key in one:
                    _check_text(key)
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        level = below
    if level:
        raise _too_deep()


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refused("surrogate", "The text has half a character.", "whole characters (UTF-8)")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused("duplicate-key", f"The key {twice[:80]!r} stands twice.", "each key once")
    return read


def _no_constant(name: str) -> NoReturn:
    raise _refused("number", f"{name} is no number of JSON.", "finite numbers")


def _too_deep() -> InvalidDocument:
    return _refused("too-deep", "Objects and lists stand too deep.", f"at most {DEEPEST} levels")


def _refused(code: str, message: str, allowed: str) -> InvalidDocument:
    return InvalidDocument([Problem(code, "", message, allowed)])
