"""Messages on the two sockets of a console: the browser's and the agent's.

Text frames are these messages, binary frames are the console's own bytes: what a serial port says
and is told, or RFB (RFC 6143). ``taken`` gives room back (:mod:`designer.wire.window`); everything
else is said once at the beginning or at the end.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.base import Id, Message, Text, Word
from designer.wire.window import WINDOW

ConsoleKind = Literal["serial", "graphics"]

LARGEST_DATA = 64 * 1024
"""Bytes of one binary frame."""
LARGEST_TEXT = 8 * 1024
"""Bytes of one text frame."""
MOST_PEOPLE = 50

Reason = Literal[
    "off",  # the VM does not run
    "missing",  # there is no such VM there, or it has no such device
    "busy",  # another program on the hypervisor has the serial port
    "failed",  # the hypervisor could not open it
    "away",  # its agent does not answer
    "too-many",  # consoles are open already
    "idle",  # nobody typed for long
]


class OpenWanted(Message):
    """The browser's first message; ``token`` opens one console, once."""

    type: Literal["open"] = "open"
    token: Annotated[str, Field(min_length=8, max_length=200)]


class ConsoleHello(Message):
    """The agent's first message: which console this socket is for."""

    type: Literal["hello"] = "hello"
    console: Id


class Taken(Message):
    """So many bytes of data are taken in; as many more may come."""

    type: Literal["taken"] = "taken"
    bytes: Annotated[int, Field(ge=1, le=WINDOW)]


class Opened(Message):
    """From here on data comes. A serial console begins with the end of what was said before."""

    type: Literal["opened"] = "opened"


class Skipped(Message):
    """So many bytes are left out here: the guest wrote faster than they could be shown."""

    type: Literal["skipped"] = "skipped"
    bytes: Annotated[int, Field(ge=1, le=2**53)]


class Here(Message):
    """Who has this console open, oneself included."""

    type: Literal["here"] = "here"
    people: Annotated[list[Word], Field(max_length=MOST_PEOPLE)]


class Over(Message):
    """The console ends, and why; the socket closes after it."""

    type: Literal["over"] = "over"
    reason: Reason
    words: Text


ConsoleFromBrowser = Annotated[OpenWanted | Taken, Field(discriminator="type")]
ConsoleToBrowser = Annotated[
    Opened | Skipped | Taken | Here | Over, Field(discriminator="type")
]  # fmt: skip
ConsoleFromAgent = Annotated[
    ConsoleHello | Opened | Skipped | Taken | Over, Field(discriminator="type")
]  # fmt: skip
ConsoleToAgent = Taken
