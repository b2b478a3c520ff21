"""How many messages may come."""

from __future__ import annotations

import time


class Allowance:
    """So many a second, and a second's worth at once."""

    def __init__(self, a_second: int) -> None:
        self._a_second = a_second
        self._left = float(a_second)
        self._at = time.monotonic()

    def take(self, count: int) -> float:
        """Use up ``count``; the seconds to wait before the next may come."""
        now = time.monotonic()
        self._left = min(self._a_second, self._left + (now - self._at) * self._a_second) - count
        self._at = now
        return max(0.0, -self._left / self._a_second)
