"""What waits to go to one browser: bounded, so that one who never reads costs nobody else."""

from __future__ import annotations

import asyncio
from collections import deque

MOST_MESSAGES = 20_000
MOST_BYTES = 64 * 1024 * 1024
"""A burst of a large deployment fits; who is further behind starts anew with a snapshot."""

TOO_SLOW = 4408


class Outbox:
    """Events in order behind a snapshot, the newest presence, answers.

    While it is held (from the beginning and after :meth:`hold`) events only gather; :meth:`start`
    puts the snapshot before them and drops those that it already contains. So nothing is missing
    and nothing comes twice, whenever the snapshot was read.
    """

    def __init__(self) -> None:
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._events: deque[tuple[int, str]] = deque()
        self._answers: deque[str] = deque()
        self._presence: str | None = None
        self._bytes = 0
        self._held = True
        self._contained = -1
        self._wake = asyncio.Event()

    def put(self, seq: int, text: str) -> None:
        """An event of the lab."""
        if seq <= self._contained and not self._held:
            return
        self._events.append((seq, text))
        self._count(text)

    def answer(self, text: str) -> None:
        """Something for this browser alone; goes before the events that wait."""
        self._answers.append(text)
        self._count(text)

    def show(self, presence: str) -> None:
        """Only the newest counts: a slow reader gets fewer, not later ones."""
        self._presence = presence
        self._wake.set()

    def hold(self) -> None:
        """A snapshot is being read."""
        self._held = True

    def start(self, seq: int, snapshot: str) -> None:
        """The snapshot is there; ``seq`` is the last event that it contains."""
        self._contained = seq
        newer = [event for event in self._events if event[0] > seq]
        self._events = deque([(seq, snapshot), *newer])
        self._bytes = sum(len(text) for _, text in self._events)
        self._bytes += sum(map(len, self._answers))
        self._held = False
        self._wake.set()

    def close(self, code: int) -> None:
        """Ends the socket with this code, whatever it is doing."""
        if not self.closed.done():
            self.closed.set_result(code)

    async def next(self) -> str:
        """The next text to send; waits for one."""
        while True:
            text = self._take()
            if text is not None:
                return text
            self._wake.clear()
            await self._wake.wait()

    def _take(self) -> str | None:
        if self._answers:
            text = self._answers.popleft()
            self._bytes -= len(text)
            return text
        if self._held:
            return None
        if self._events:
            _, text = self._events.popleft()
            self._bytes -= len(text)
            return text
        presence, self._presence = self._presence, None
        return presence

    def _count(self, text: str) -> None:
        self._bytes += len(text)
        if len(self._events) + len(self._answers) > MOST_MESSAGES or self._bytes > MOST_BYTES:
            self._events.clear()
            self._answers.clear()
            self._bytes = 0
            self.close(TOO_SLOW)
        self._wake.set()
