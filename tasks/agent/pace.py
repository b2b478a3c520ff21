"""When to look at what changes: soon after a change, and not all the time in a storm of them.

A burst is seen once, ``settle`` seconds after its first change. Looks begin at least ``apart``
seconds after the last one ended, and ``share`` times as long as that one took. The look after the
last change always comes, so what is known in the end is exact.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Pace:
    """`changed` may be called from any thread, the rest from the one that looks."""

    def __init__(self, *, settle: float, apart: float, share: float) -> None:
        self._settle, self._apart, self._share = settle, apart, share
        self._due: float | None = None
        self._earliest = 0.0

    def changed(self) -> None:
        """Something may have changed: look soon."""
        if self._due is None:
            self._due = max(time.monotonic() + self._settle, self._earliest)

    @property
    def due(self) -> float | None:
        """When to look next (time.monotonic()); None: nothing has changed."""
        return self._due

    @property
    def is_due(self) -> bool:
        return self._due is not None and self._due <= time.monotonic()

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        self._due = None  # before looking: what changes from here on wants another look
        began = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            self._earliest = now + max(self._apart, self._share * (now - began))
            if self._due is not None:  # set meanwhile, when the pace of this look was not known
                self._due = max(self._due, self._earliest)
