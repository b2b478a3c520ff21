"""JSON (RFC 8259) in and out, read strictly: what readers disagree about is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from designer.files.limits import DEEPEST, MOST_DIGITS, duplicate_key, no_number, too_deep


class NotJson(ValueError):
    """The text is not JSON at all, so it may be something else; ``args[0]`` says where."""


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises :class:`NotJson`, or InvalidDocument with one problem."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_constant=_Number,
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise too_deep([]) from None
    _refuse_marked(value)
    return value


def write_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that is none here: NaN, Infinity, or longer than anyone reads alike."""

    text: str


class _Twice(dict[str, Any]):
    """An object with a key that stands in it twice."""

    key: str


def _whole(text: str) -> int | _Number:
    return int(text) if len(text.lstrip("-")) <= MOST_DIGITS else _Number(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    marked = _Twice(value)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            marked.key = key
            break
        seen.add(key)
    return marked


def _refuse_marked(value: Any) -> None:
    """The hooks do not know where they are; this finds the place of what they marked."""
    stack: list[tuple[list[Any], Any]] = [([], value)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, _Number):
            raise no_number(path, value.text)
        if isinstance(value, str | int | float) or value is None:
            continue
        if len(path) >= DEEPEST:
            raise too_deep(path)
        if isinstance(value, _Twice):
            raise duplicate_key(path, value.key)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        stack.extend(([*path, key], one) for key, one in items)
