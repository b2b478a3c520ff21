"""Reading a message: text in, a model or :class:`BadMessage` out."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from designer.wire.agent import FromAgent, ToAgent
from designer.wire.browser import FromBrowser, ToBrowser
from designer.wire.console import (
    LARGEST_TEXT,
    ConsoleFromAgent,
    ConsoleFromBrowser,
    ConsoleToAgent,
    ConsoleToBrowser,
)

M = TypeVar("M")

LARGEST_FROM_AGENT = 256 * 1024 * 1024
"""Bytes: a plan of a large lab with every operation's reason and equivalents."""
LARGEST_TO_AGENT = 64 * 1024 * 1024
LARGEST_FROM_BROWSER = 4 * 1024 * 1024
LARGEST_TO_BROWSER = 256 * 1024 * 1024

_from_agent: TypeAdapter[Any] = TypeAdapter(FromAgent)
_to_agent: TypeAdapter[Any] = TypeAdapter(ToAgent)
_from_browser: TypeAdapter[Any] = TypeAdapter(FromBrowser)
_to_browser: TypeAdapter[Any] = TypeAdapter(ToBrowser)
_console_from_browser: TypeAdapter[Any] = TypeAdapter(ConsoleFromBrowser)
_console_to_browser: TypeAdapter[Any] = TypeAdapter(ConsoleToBrowser)
_console_from_agent: TypeAdapter[Any] = TypeAdapter(ConsoleFromAgent)
_console_to_agent: TypeAdapter[Any] = TypeAdapter(ConsoleToAgent)


class BadMessage(ValueError):
    """What came is no message that may come here; ``code`` is too-large or invalid."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        super().__init__(words)


def read_agent_message(text: str | bytes) -> Any:
    """What an agent sent: Hello, Fetch, Assignments or EventTold."""
    return _read(_from_agent, text, LARGEST_FROM_AGENT)


def read_controller_message(text: str | bytes) -> Any:
    """What the controller sent to its agent: Welcome, Refused, Ack, Desired and so on."""
    return _read(_to_agent, text, LARGEST_TO_AGENT)


def read_browser_message(text: str | bytes) -> Any:
    """What a browser sent: EditWanted, LooksWanted, Presence, Resync or Ping."""
    return _read(_from_browser, text, LARGEST_FROM_BROWSER)


def read_server_message(text: str | bytes) -> Any:
    """What the server sent to a browser: Snapshot, EventSent, PresenceSent and so on."""
    return _read(_to_browser, text, LARGEST_TO_BROWSER)


def read_console_from_browser(text: str | bytes) -> Any:
    """What a browser sent on a console's socket: OpenWanted or Taken."""
    return _read(_console_from_browser, text, LARGEST_TEXT)


def read_console_to_browser(text: str | bytes) -> Any:
    """What the server sent there: Opened, Skipped, Taken, Here or Over."""
    return _read(_console_to_browser, text, LARGEST_TEXT)


def read_console_from_agent(text: str | bytes) -> Any:
    """What an agent sent on a console's socket: ConsoleHello, Opened, Skipped, Taken or Over."""
    return _read(_console_from_agent, text, LARGEST_TEXT)


def read_console_to_agent(text: str | bytes) -> Any:
    """What the controller sent there: Taken."""
    return _read(_console_to_agent, text, LARGEST_TEXT)


def _read(adapter: TypeAdapter[Any], text: str | bytes, largest: int) -> Any:
    if len(text) > largest:
        raise BadMessage("too-large", f"The message has {len(text)} bytes; {largest} may come.")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise BadMessage("invalid", _words(error)) from None


def _words(error: ValidationError) -> str:
    """The first few places and what is wrong there, without the values: they may be secret."""
    parts = []
    for one in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        place = "/" + "/".join(str(part) for part in one["loc"])
        parts.append(f"{place}: {one['msg']}")
    more = error.error_count() - len(parts)
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
