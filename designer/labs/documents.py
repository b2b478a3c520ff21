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
from designer.topology import document
from designer.topology.design import Design

MOST_KEPT = 32
Key = tuple[bytes, str, str]


class Kept:
    """A design with what hangs on it, each worked out once."""

    def __init__(self, design: Design) -> None:
        self.design = design

    @cached_property
    def text(self) -> str:
        """As stored: defaults left out, ids in order."""
        return encode(document.write(self.design))

    @cached_property
    def filled(self) -> str:
        """As browsers get it: every field present."""
        return encode(document.write(self.design, defaults=True))

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        return [dataclasses.asdict(finding) for finding in rules.check(self.design)]


_cache: OrderedDict[Key, Kept] = OrderedDict()
_lock = threading.Lock()


def encode(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


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


def remember(design: Design) -> Kept:
    """Keeps a design that was just made, so that it is not read back from its own text."""
    one = Kept(design)
    return _put(_key(one.text, design.name, design.description), one)


def _key(text: str, name: str, description: str) -> Key:
    return blake2b(text.encode(), digest_size=16).digest(), name, description


def _put(key: Key, one: Kept) -> Kept:
    with _lock:
        _cache[key] = one
        while len(_cache) > MOST_KEPT:
            _cache.popitem(last=False)
    return one
