"""YAML in and out: the part of it that says the same as JSON does.

Read from the parser's events, never composed or constructed: so depth is bounded whatever the
text, aliases and tags are refused before anything grows from them, and every complaint has its
place. Plain words are read as YAML 1.2's core schema has it, so that ``no`` is Norway; those that
YAML 1.1 reads otherwise are quoted when written, so that no reader mistakes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import yaml

from designer.files.limits import DEEPEST, MOST_DIGITS, duplicate_key, no_number, refuse, too_deep
from designer.topology.problems import InvalidDocument, pointer

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """The value of a YAML text. Raises InvalidDocument with one problem."""
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _syntax(f"{where}{error.problem or error.context}") from None
    except yaml.YAMLError as error:  # a character that YAML does not have
        raise _syntax(str(error).splitlines()[0]) from None
    return reader.value


def _syntax(words: str) -> InvalidDocument:
    return refuse("syntax", "", f"The text is not YAML: {words}.", "JSON or YAML")


class _Reader:
    """Builds one value of events. ``_open`` holds the containers around, ``_path`` where we are:
    a key or an index for each of them, None where a mapping waits for its next key."""

    def __init__(self) -> None:
        self.value: Any = None
        self._documents = 0
        self._open: list[dict[str, Any] | list[Any]] = []
        self._path: list[Any] = []
        self._takers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise refuse("documents", "", "There is a second document.", "one document")

    def _alias(self, event: Any) -> None:
        raise self._refuse("alias", "It is an alias.", "the value itself")

    def _end(self, event: Any) -> None:
        self._open.pop()
        self._path.pop()
        self._done()

    def _start(self, event: Any) -> None:
        self._refuse_marks(event)
        if self._wants_key():
            raise self._refuse("key", "A key is no list and no object.", "a word")
        if len(self._open) >= DEEPEST:
            raise too_deep(self._path)
        container: dict[str, Any] | list[Any] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        self._put(container)
        self._open.append(container)
        self._path.append(None if isinstance(container, dict) else 0)

    def _scalar(self, event: Any) -> None:
        self._refuse_marks(event)
        if self._wants_key():
            container = self._open[-1]
            if event.value in container:
                raise duplicate_key(self._path[:-1], event.value)
            self._path[-1] = event.value
            return
        self._put(self._plain(event.value) if event.implicit[0] else event.value)
        self._done()

    def _wants_key(self) -> bool:
        return bool(self._open) and self._path[-1] is None

    def _put(self, value: Any) -> None:
        if not self._open:
            self.value = value
        elif isinstance(container := self._open[-1], dict):
            container[self._path[-1]] = value
        else:
            container.append(value)

    def _done(self) -> None:
        """A value is complete: on to the next key or index."""
        if self._open:
            self._path[-1] = None if isinstance(self._open[-1], dict) else self._path[-1] + 1

    def _plain(self, word: str) -> Any:
        if word in _WORDS:
            return _WORDS[word]
        if word[0].isalpha():
            return word
        if _WHOLE.fullmatch(word):
            if len(word.lstrip("-")) > MOST_DIGITS:
                raise no_number(self._path, word)
            return int(word)
        if _NO_NUMBER.fullmatch(word):
            raise no_number(self._path, word)
        if len(word) < 40 and _REAL.fullmatch(word) and not re.match("[-+]?0[0-9]", word):
            return float(word)
        return word

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._refuse("anchor", "It has an anchor.", "the value itself, without &")
        if event.tag is not None:
            raise self._refuse("tag", "It has a tag.", "the value itself, without !")

    def _refuse(self, code: str, message: str, allowed: str) -> InvalidDocument:
        path = [part for part in self._path if part is not None]
        return refuse(code, pointer(*path), message, allowed)


def write_yaml(value: dict[str, Any]) -> str:
    """A mapping as YAML for people: a line for each field, short lists on one line."""
    return "".join(line + "\n" for line in _mapping(value, ""))


def _mapping(value: dict[str, Any], indent: str) -> Iterator[str]:
    for key, one in value.items():
        name = indent + _word(key) + ":"
        if isinstance(one, dict) and one:
            yield name
            yield from _mapping(one, indent + "  ")
        elif isinstance(one, list) and not all(isinstance(item, str | int) for item in one):
            yield name
            for item in one:
                first, *rest = _mapping(item, indent + "    ")
                yield f"{indent}  - {first.lstrip(' ')}"
                yield from rest
        elif isinstance(one, str) and _fits_block(one):
            yield f"{name} |-"
            for line in one.split("\n"):
                yield indent + "  " + line if line else ""
        else:
            yield f"{name} {_flow(one)}"


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return _word(value)
    return json.dumps(value)


_BARE = re.compile(r"[A-Za-z](?:[A-Za-z0-9 ._/=+@~-]|:(?=[A-Za-z0-9]))*(?<! )")
"""Words that stand without quotes in every YAML: no mark of its syntax, no space at an end."""
_BARE_ADDRESS = re.compile(
    r"[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,3})?|[0-9a-f:]*[0-9a-f]/[0-9]{1,3}"
)
_OTHERWISE = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""In any case; some YAML takes them for no words."""


@lru_cache(maxsize=4096)
def _word(text: str) -> str:
    bare = (_BARE.fullmatch(text) and text.lower() not in _OTHERWISE) or _BARE_ADDRESS.fullmatch(
        text
    )
    return text if bare and text[0] != ":" else json.dumps(text, ensure_ascii=False)


def _fits_block(text: str) -> bool:
    """Whether a text of several lines can stand as a literal block and read the same."""
    lines = text.split("\n")
    return len(lines) > 1 and bool(lines[-1]) and not lines[0].startswith(" ") and bool(lines[0])
