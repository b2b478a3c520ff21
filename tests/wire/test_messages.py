"""Each message as a golden file, read strictly and written back the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer import wire
from designer.wire import reading
from designer.wire.schema import browser_schema

GOLDEN = Path(__file__).with_name("golden")
READERS: dict[str, Callable[[str], Any]] = {
    "from-agent": wire.read_agent_message,
    "to-agent": wire.read_controller_message,
    "from-browser": wire.read_browser_message,
    "to-browser": wire.read_server_message,
    "console-from-browser": wire.read_console_from_browser,
    "console-to-browser": wire.read_console_to_browser,
    "console-from-agent": wire.read_console_from_agent,
    "console-to-agent": wire.read_console_to_agent,
}
FILES = sorted(GOLDEN.glob("*/*.json"))
assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_message_reads_and_writes_back_the_same(path: Path) -> None:
    text = path.read_text()
    message = READERS[path.parent.name](text)
    assert json.loads(message.model_dump_json(exclude_unset=True)) == json.loads(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_unknown_gets_through(path: Path) -> None:
    values = json.loads(path.read_text()) | {"surprise": 1}
    with pytest.raises(wire.BadMessage) as refused:
        READERS[path.parent.name](json.dumps(values))
    assert refused.value.code == "invalid"
    assert "surprise" in str(refused.value)


def test_every_message_has_a_golden_file() -> None:
    found = {
        folder: {json.loads(path.read_text())["type"] for path in (GOLDEN / folder).iterdir()}
        for folder in READERS
    }
    assert found == {
        "from-agent": {"hello", "fetch", "assignments", "event"},
        "to-agent": {
            "welcome",
            "refused",
            "ack",
            "desired",
            "assigned",
            "gone",
            "cancel",
            "check",
            "probe",
            "act",
            "forget",
            "console",
        },
        "from-browser": {"edit", "looks", "presence", "resync", "ping"},
        "to-browser": {"snapshot", "event", "presence", "edit-refused", "pong"},
        "console-from-browser": {"open", "taken"},
        "console-to-browser": {"opened", "skipped", "taken", "here", "over"},
        "console-from-agent": {"hello", "opened", "skipped", "taken", "over"},
        "console-to-agent": {"taken"},
    }


def test_every_event_has_a_golden_file() -> None:
    def kinds(folder: str) -> set[str]:
        read = (json.loads(path.read_text()) for path in (GOLDEN / folder).glob("event-*"))
        return {one["event"]["kind"] for one in read}

    assert kinds("from-agent") == {
        "planned", "progress", "finished", "status", "inventory", "acted", "checked", "probed"
    }  # fmt: skip
    assert kinds("to-browser") == {"edited", "looks", "status", "deployment", "lab", "vm-action"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Invalid JSON"),
        ("[]", "object"),
        ('{"type": "nope"}', "tag 'nope'"),
        ('{"type": "ack", "n": "1"}', "/ack/n: Input should be a valid integer"),
        ('{"type": "ack", "n": true}', "/ack/n: Input should be a valid integer"),
        ('{"type": "ack", "n": -1}', "greater than or equal to 0"),
        ('{"type": "ack"}', "Field required"),
        ('{"type": "ack", "n": 1e400}', "/ack/n"),
        ("[" * 10_000, "recursion limit"),
        ('{"type": "gone", "request": "\\ud800"}', "hex escape"),
    ],
)
def test_bad_messages_are_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(wire.BadMessage) as refused:
        wire.read_controller_message(text)
    assert words in str(refused.value)


def test_a_message_says_nothing_of_its_values_when_refused() -> None:
    with pytest.raises(wire.BadMessage) as refused:
        wire.read_controller_message('{"type": "ack", "n": "the secret"}')
    assert "the secret" not in str(refused.value)


def test_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_FROM_BROWSER", 10)
    with pytest.raises(wire.BadMessage) as refused:
        wire.read_browser_message('{"type": "ping"}')
    assert refused.value.code == "too-large"


def test_the_schema_names_every_message_of_browsers() -> None:
    schema = browser_schema()
    for union in ("FromBrowser", "ToBrowser", "ConsoleFromBrowser", "ConsoleToBrowser"):
        mapping = schema["$defs"][union]["discriminator"]["mapping"]
        assert all(ref.removeprefix("#/$defs/") in schema["$defs"] for ref in mapping.values())
    assert set(schema["$defs"]["FromBrowser"]["discriminator"]["mapping"]) == {
        "edit",
        "looks",
        "presence",
        "resync",
        "ping",
    }
    references = json.dumps(schema).split('"#/$defs/')[1:]
    assert {one.split('"')[0] for one in references} <= schema["$defs"].keys()
    assert browser_schema() == schema
