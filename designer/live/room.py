"""One lab in one server process: its browsers, and the place in its stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from designer.labs.models import User
from designer.live.outbox import Outbox
from designer.live.people import People
from designer.live.snapshots import Shared, personal

PATIENCE = 0.2
"""Seconds that an event waits for the ones before it: two server processes publish in the order
of their commits, but not quite."""


@dataclass(eq=False, slots=True)
class Seat:
    """One browser's socket, and by what right it is here."""

    outbox: Outbox
    session: str
    user: User
    client: str
    """A name for this socket, new at each connection."""

    def start(self, shared: Shared) -> None:
        self.outbox.start(shared.seq, personal(shared, self.user, self.client))


@dataclass(eq=False)
class Room:
    """Hands each event once, in order and without gaps, to every seat."""

    lab_id: UUID
    mend: Callable[[Room], None]
    """Asked to fetch what is missing; called at most once for a gap."""
    people: People
    seats: set[Seat] = field(default_factory=set)
    subscribed: asyncio.Event = field(default_factory=asyncio.Event)
    last: int | None = None
    """The number of the last event handed on; None until the first snapshot gives a place."""
    held: dict[int, str] = field(default_factory=dict)
    _timer: asyncio.TimerHandle | None = None

    def receive(self, seq: int, text: str) -> None:
        """An event from the channel or from the database; each may bring the same one."""
        if self.last is None or seq > self.last + 1:
            self.held[seq] = text
            if self.last is not None and self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(PATIENCE, self._lost_patience)
        elif seq == self.last + 1:
            self._hand_on(seq, text)
            while self.held and (self.last + 1) in self.held:
                self._hand_on(self.last + 1, self.held.pop(self.last + 1))
            if not self.held:
                self._calm()

    def place(self, seq: int) -> None:
        """A snapshot as of this event was read: the stream goes on from there, if it had no
        place yet."""
        if self.last is None:
            self.last = seq
            self._tidy()

    def jump(self, seq: int) -> None:
        """The events up to this one can no longer be had; every seat needs a snapshot."""
        self.last = max(seq, self.last or 0)
        self._tidy()

    def close(self) -> None:
        self._calm()
        self.people.close()

    def _tidy(self) -> None:
        assert self.last is not None
        waiting = sorted((seq, text) for seq, text in self.held.items() if seq > self.last)
        self.held.clear()
        for seq, text in waiting:
            self.receive(seq, text)

    def _hand_on(self, seq: int, text: str) -> None:
        self.last = seq
        for seat in self.seats:
            seat.outbox.put(seq, text)

    def _lost_patience(self) -> None:
        self._timer = None
        if self.held:
            self.mend(self)

    def _calm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
