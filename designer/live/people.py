"""Who is here: pointers, selections and drags of everyone in a lab, on every server process.

Each process tells the others of its own people, whole and seldom; what a process said lasts only
a while, so that one that died takes its people with it. Nothing of this is kept anywhere.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

INTERVAL = 0.05
"""Seconds between two messages to a browser."""
MOST_SHOWN = 100
"""People in one message."""
BYTES_OF_ONE = 120
BYTES_A_SECOND = 4_000_000
"""What a lab may spend on this: in a crowd each of many messages has more in it, so they go more
seldom. Events of the lab wait for none of them."""
HEARTBEAT = 10.0
LIFETIME = 25.0

COLORS = (
    "#1b6ec2", "#c2410c", "#15803d", "#7e22ce", "#be123c",
    "#0e7490", "#a16207", "#4d7c0f", "#6d28d9", "#9d174d",
)  # fmt: skip

Person = dict[str, Any]


def color_of(user_id: int) -> str:
    return COLORS[user_id % len(COLORS)]


class People:
    """``show`` hands the text of a presence message to the browsers here; ``tell`` hands a
    report to the other processes."""

    def __init__(self, show: Callable[[str], None], tell: Callable[[str], None]) -> None:
        self._show, self._tell = show, tell
        self._here: dict[str, Person] = {}
        self._elsewhere: dict[str, tuple[float, list[Person]]] = {}
        self._told = 0.0
        self._tell_next = False
        self._shown = ""
        self._timer: asyncio.TimerHandle | None = None

    def set(self, client: str, person: Person) -> None:
        if client not in self._here:
            self._shown = ""  # who comes wants to see, even if nothing else has changed
        self._here[client] = person
        self._soon(tell=True)

    def leave(self, client: str) -> None:
        if self._here.pop(client, None) is not None:
            self._soon(tell=True)

    def hear(self, process: str, people: list[Person]) -> None:
        """What another process says of its own people; an empty list: it has none left."""
        if people:
            self._elsewhere[process] = (time.monotonic() + LIFETIME, people)
        else:
            self._elsewhere.pop(process, None)
        self._soon()

    def asked(self) -> None:
        """Another process has just come to this lab."""
        self._soon(tell=True)

    def beat(self) -> None:
        """Now and then: say that our people are still here, and forget whose process is not."""
        now = time.monotonic()
        gone = [process for process, (until, _) in self._elsewhere.items() if until < now]
        for process in gone:
            del self._elsewhere[process]
        if gone or (self._here and now - self._told > HEARTBEAT):
            self._soon(tell=True)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._told:
            self._tell(json.dumps([]))

    def _soon(self, *, tell: bool = False) -> None:
        self._tell_next = self._tell_next or tell
        if self._timer is None:
            crowd = len(self._here) + sum(len(people) for _, people in self._elsewhere.values())
            size = len(self._here) * min(crowd, MOST_SHOWN) * BYTES_OF_ONE
            wait = max(INTERVAL, size / BYTES_A_SECOND)
            self._timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._tell_next:
            self._tell_next = False
            self._told = time.monotonic()
            self._tell(json.dumps(list(self._here.values()), separators=(",", ":")))
        everyone = [
            *self._here.values(),
            *(person for _, people in self._elsewhere.values() for person in people),
        ]
        message = {"type": "presence", "clients": everyone[:MOST_SHOWN]}
        text = json.dumps(message, separators=(",", ":"))
        if text != self._shown:
            self._shown = text
            self._show(text)
