"""A buffer of messages as the kernel wrote it, to be read in steps of one, two and four bytes.

Everything in netlink begins at a multiple of four. To take a number out of a view costs a fifth of
what unpacking it does, and a dump of a large machine has a million of them.
"""

from __future__ import annotations


class Page:
    """``raw``, and the same as 16 and 32 bit numbers: ``halves[at >> 1]``, ``wholes[at >> 2]``."""

    __slots__ = ("halves", "raw", "wholes")

    def __init__(self, raw: bytes | bytearray) -> None:
        self.raw = raw if len(raw) % 4 == 0 else raw.ljust((len(raw) + 3) & ~3, b"\0")
        view = memoryview(self.raw)
        self.halves = view.cast("H")
        self.wholes = view.cast("I")
