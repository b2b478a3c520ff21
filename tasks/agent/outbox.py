"""Events on their way to the controller: numbered, kept until acknowledged, few by merging.

An event gets its number when it is first sent; numbers start at 1 with each start of the agent.
What was sent stays as it is until it is acknowledged, and goes out again after a reconnect. What
was not sent yet is merged with what comes: statuses per lab and ref, progress and plans per
deployment, the inventory as a whole. So memory stays flat however long the controller is away and
however much changes meanwhile: it holds the newest state, not the history of it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

_IN_FLIGHT = 32
"""Events sent and not acknowledged at a time. Above it, what comes waits and merges."""


class Outbox:
    """Put from any thread; take and acknowledge from the session's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._sent: dict[int, Body] = {}
        self._unsent: dict[tuple[str, ...], Body] = {}
        self._resend: list[int] = []

    def put(self, event: Body) -> None:
        """Queue an event as it goes on the wire, {"kind": …}."""
        key = _subject(event)
        with self._lock:
            older = self._unsent.get(key)
            self._unsent[key] = event if older is None else _merged(older, event)

    def take(self) -> tuple[int, Body] | None:
        """The next event to send on this connection, with its number."""
        with self._lock:
            if self._resend:
                number = self._resend.pop(0)
                return number, self._sent[number]
            if not self._unsent or len(self._sent) >= _IN_FLIGHT:
                return None
            self._number += 1
            event = self._sent[self._number] = self._unsent.pop(next(iter(self._unsent)))
            return self._number, event

    def acknowledged(self, number: int) -> None:
        """The controller has everything up to and including `number`."""
        with self._lock:
            self._sent = {n: event for n, event in self._sent.items() if n > number}
            self._resend = [n for n in self._resend if n > number]

    def reconnected(self) -> None:
        """Send again, in order, what the last connection did not bring an answer for."""
        with self._lock:
            self._resend = sorted(self._sent)

    def __len__(self) -> int:
        with self._lock:
            return len(self._sent) + len(self._unsent)


def _subject(event: Body) -> tuple[str, ...]:
    """What an event is about: a newer one about the same replaces or extends it."""
    kind = event["kind"]
    if kind == "status":
        return (kind, event["lab"])
    if kind == "inventory":
        return (kind,)
    if kind in ("checked", "probed", "acted"):
        return (kind, event["run"])
    return (kind, event["deployment"], str(event["generation"]))


def _merged(older: Body, newer: Body) -> Body:
    if newer["kind"] == "checked":
        results = {one["id"]: one for one in (*older["results"], *newer["results"])}
        return {**newer, "results": list(results.values())}
    if newer["kind"] != "status" or newer["complete"]:
        return newer
    return {**newer, "statuses": {**older["statuses"], **newer["statuses"]},
            "complete": older["complete"]}  # fmt: skip
