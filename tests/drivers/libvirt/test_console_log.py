"""Reading the log of a serial port: late, behind, and over its rotations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.drivers.libvirt_.console_log import BEHIND, KEPT, SCROLLBACK, ConsoleLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vm.log"


@pytest.fixture
def reader(path: Path) -> Iterator[ConsoleLog]:
    log = ConsoleLog(path)
    yield log
    log.close()


def say(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def rotate(path: Path) -> None:
    """As virtlogd does: NAME.log.0 is the newest of the old."""
    for number in (1, 0):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.0"))
    path.touch()


def everything(reader: ConsoleLog, most: int = 4096) -> tuple[int, bytes]:
    skipped, said = 0, b""
    while (got := reader.read(most)) != (0, b""):
        skipped, said = skipped + got[0], said + got[1]
    return skipped, said


def test_a_log_that_is_not_there_yet(path: Path, reader: ConsoleLog) -> None:
    assert reader.read(100) == (0, b"")
    say(path, b"up\n")
    assert reader.read(100) == (0, b"up\n")


def test_bytes_come_once_and_in_pieces(path: Path, reader: ConsoleLog) -> None:
    say(path, b"one\ntwo\n")
    assert [reader.read(5)[1], reader.read(5)[1], reader.read(5)[1]] == [b"one\nt", b"wo\n", b""]
    say(path, b"three")
    assert reader.read(100) == (0, b"three")


def test_who_comes_late_begins_with_whole_lines_near_the_end(
    path: Path, reader: ConsoleLog
) -> None:
    lines = b"".join(b"line %06d\n" % number for number in range(20_000))
    say(path, lines)
    skipped, said = everything(reader)
    assert skipped == 0
    assert lines.endswith(said)
    assert said.startswith(b"line ")
    assert SCROLLBACK - 100 < len(said) <= SCROLLBACK


def test_who_comes_just_after_a_rotation_sees_what_was_before(
    path: Path, reader: ConsoleLog
) -> None:
    say(path, b"y\n" * SCROLLBACK)
    rotate(path)
    say(path, b"last\n")
    skipped, said = everything(reader)
    assert (skipped, said[-9:]) == (0, b"y\ny\nlast\n"[-9:])
    assert SCROLLBACK - 10 < len(said) <= SCROLLBACK


def test_who_is_far_behind_goes_on_near_the_end_and_knows_what_is_left_out(
    path: Path, reader: ConsoleLog
) -> None:
    say(path, b"first\n")
    assert everything(reader) == (0, b"first\n")
    lines = b"".join(b"line %06d\n" % number for number in range(20_000))
    assert len(lines) > BEHIND
    say(path, lines)
    skipped, said = everything(reader)
    assert lines[skipped:] == said
    assert KEPT - 100 < len(said) <= KEPT
    assert said.startswith(b"line ")


def test_who_is_a_little_behind_misses_nothing(path: Path, reader: ConsoleLog) -> None:
    say(path, b"first\n")
    everything(reader)
    lines = b"y\n" * (BEHIND // 2)
    say(path, lines)
    assert everything(reader) == (0, lines)


def test_over_two_rotations_nothing_is_missed(path: Path, reader: ConsoleLog) -> None:
    say(path, b"a1\n")
    assert reader.read(3) == (0, b"a1\n")
    say(path, b"a2\n")
    rotate(path)
    say(path, b"b\n")
    rotate(path)
    say(path, b"c\n")
    assert everything(reader) == (0, b"a2\nb\nc\n")


def test_far_behind_over_rotations_the_figure_counts_all_files(
    path: Path, reader: ConsoleLog
) -> None:
    say(path, b"first\n")
    everything(reader)
    for letter in b"abc":
        say(path, (bytes([letter]) * 99 + b"\n") * 2000)
        rotate(path)
    say(path, b"last\n")
    skipped, said = everything(reader)
    assert said == b"last\n"
    assert skipped == 3 * 200_000


@pytest.mark.parametrize("removed", [True, False])
def test_a_vm_that_is_started_anew_begins_its_log_anew(
    path: Path, reader: ConsoleLog, removed: bool
) -> None:
    """virtlogd removes the log; another may cut it."""
    say(path, b"the first run, which said more\n")
    everything(reader)
    if removed:
        path.unlink()
    path.write_bytes(b"the second\n")
    assert everything(reader) == (0, b"the second\n")


def test_a_link_is_not_followed(path: Path, reader: ConsoleLog, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    path.symlink_to(tmp_path / "secret")
    assert reader.read(100) == (0, b"")


def test_reading_a_hundred_megabytes_reads_almost_none(path: Path, reader: ConsoleLog) -> None:
    say(path, b"first\n")
    everything(reader)
    with path.open("ab") as file:
        os.ftruncate(file.fileno(), 100_000_000)  # a hole: costs no disk
    skipped, said = everything(reader)
    assert skipped + len(said) == 100_000_000 - len(b"first\n")
    assert len(said) <= KEPT
