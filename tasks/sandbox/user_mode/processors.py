"""Which of this machine's processors each kernel in user mode is on: see `host.py` for why one."""

from __future__ import annotations

import os
import threading
from collections import Counter


class Processors:
    """Those that this process may use. From any thread."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()
        self._lock = threading.Lock()

    def take(self) -> int:
        """One on which there are the fewest; give it back when its kernel has ended."""
        with self._lock:
            chosen = min(sorted(os.sched_getaffinity(0)), key=lambda one: self._taken[one])
            self._taken[chosen] += 1
        return chosen

    def give_back(self, one: int) -> None:
        with self._lock:
            self._taken[one] -= 1


PROCESSORS = Processors()
