"""Consoles of VMs as drivers open them: the words that driver and agent share."""

from __future__ import annotations

from typing import Literal, Protocol

Reason = Literal["off", "missing", "busy", "failed"]


class CannotOpen(Exception):
    """The console cannot be opened now; ``words`` say why, and who must act."""

    def __init__(self, reason: Reason, words: str) -> None:
        self.reason: Reason = reason
        self.words = words
        super().__init__(words)


class Ended(Exception):
    """The VM went off, or libvirt did: nothing more comes."""


class Console(Protocol):
    """An open console. Never waits: whoever has it watches :meth:`fileno`, and looks again after
    a tenth of a second anyway."""

    def fileno(self) -> int:
        """Readable when something may have come."""
        ...

    def read(self, most: int) -> tuple[int, bytes]:
        """(bytes that are left out here because they came too fast, what comes next): both empty
        where nothing is there. Raises :class:`Ended`."""
        ...

    def write(self, data: bytes) -> int:
        """How many of these bytes were taken; 0: there is no room now. Raises :class:`Ended`."""
        ...

    def close(self) -> None:
        """Give everything back; calling it again does nothing."""
        ...
