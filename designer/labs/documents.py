"""Designs as they are kept: canonical JSON text, and what is worked out from one.

Reading and checking a design of 1,000 nodes takes tens of milliseconds; every edit, snapshot and
export needs it. Results are kept by the text's digest, which is right whatever the database does.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import OrderedDict
from functools import cached_property
from hashlib import blake2b
from typing import Any

from designer import rules
from designer.labs.models import Lab
from designer.labs.writing import Written, encode
from designer.topology import document
from designer.topology.design import Design

MOST_KEPT = 32
Key = tuple[bytes, str, str]


class Kept:
    """A design with what hangs on it, each worked out once."""

    def __init__(self, design: Design, before: Kept | None = None) -> None:
        self.design = design
        earlier = before.__dict__ if before is not None else {}
        # Only what was worked out there already, so that no chain of designs is kept alive.
        self._earlier = {name: earlier.get(name) for name in ("_short", "_long")}

    @cached_property
    def _short(self) -> Written:
        return Written(self.design, defaults=False, before=self._earlier.pop("_short", None))

    @cached_property
    def _long(self) -> Written:
        return Written(self.design, defaults=True, before=self._earlier.pop("_long", None))

    @property
    def text(self) -> str:
        """As stored: defaults left out, ids in order."""
        return self._short.text

    @property
    def filled(self) -> str:
        """As browsers get it: every field present."""
        return self._long.text

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        return [dataclasses.asdict(finding) for finding in rules.check(self.design)]


__all__ = ["Kept", "encode", "of", "read", "remember"]

_cache: OrderedDict[Key, Kept] = OrderedDict()
_lock = threading.Lock()


def read(text: str, name: str, description: str) -> Kept:
    """The design of a stored text, under the lab's name."""
    key = _key(text, name, description)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    design = document.read(json.loads(text))
    return _put(key, Kept(dataclasses.replace(design, name=name, description=description)))


def of(lab: Lab) -> Kept:
    """The lab's head. Load the lab with ``select_related("head")``, so that its revision number
    and its text come from one moment."""
    return read(lab.head.document, lab.name, lab.description)


def remember(design: Design, before: Kept | None = None) -> Kept:
    """Keeps a design that was just made, so that it is not read back from its own text.
    ``before`` is the design that it was made from: what is the same is not written again."""
    one = Kept(design, before)
    return _put(_key(one.text, design.name, design.description), one)


def _key(text: str, name: str, description: str) -> Key:
    return blake2b(text.encode(), digest_size=16).digest(), name, description


def _put(key: Key, one: Kept) -> Kept:
    with _lock:
        _cache[key] = one
        while len(_cache) > MOST_KEPT:
            _cache.popitem(last=False)
    return one
