"""How much may be on its way: flow control by credit, end to end.

Whoever sends counts what it sent and the other end has not taken yet, and stops at the window's
size. So nothing between the two ends ever holds more than that, however many processes and sockets
lie between, and none of them needs a limit of its own. Those in between count too, and hang up on
an end that does not keep to it.
"""

from __future__ import annotations

WINDOW = 256 * 1024
"""Bytes of a console's data on their way in one direction."""


class Overdrawn(ValueError):
    """More was sent than the window has room for, or more was taken than was sent."""


class Window:
    """Bytes sent in one direction and not taken yet."""

    def __init__(self, size: int = WINDOW) -> None:
        self._size = size
        self._sent = 0

    @property
    def room(self) -> int:
        """Bytes that may be sent now."""
        return self._size - self._sent

    @property
    def sent(self) -> int:
        """Bytes that are on their way."""
        return self._sent

    def send(self, count: int) -> None:
        """So many go. Raises :class:`Overdrawn`."""
        if count > self.room:
            raise Overdrawn(f"{count} bytes came where {self.room} may.")
        self._sent += count

    def taken(self, count: int) -> None:
        """So many have arrived, and the other end has room for them again. Raises
        :class:`Overdrawn`."""
        if count > self._sent:
            raise Overdrawn(f"{count} bytes are said to be taken where {self._sent} were sent.")
        self._sent -= count
