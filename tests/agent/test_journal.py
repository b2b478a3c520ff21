"""The journal: what a crash, a torn write and a full disk leave of it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.agent.errors import CannotRecord
from tasks.agent.hands import Hands
from tasks.agent.journal import Journal
from tests.agent.controller import Controller
from tests.agent.designs import LAB, job, lab_of
from tests.agent.model import ModelMachine

BEGIN = {"is": "begin", "job": {"lab": LAB}}


def read(path: Path) -> list[Any]:
    journal, records = Journal.open(path)
    journal.close()
    return list(records)


def test_what_was_appended_is_read(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "a", BEGIN, batches=2)
    journal.append({"is": "doing"}, {"is": "done", "words": "größer"})
    journal.close()
    assert read(tmp_path / "a") == [BEGIN, {"is": "doing"}, {"is": "done", "words": "größer"}]
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0


def test_a_journal_cut_anywhere_has_its_whole_records_and_takes_more(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "a", BEGIN, batches=0)
    ends = [journal._end]
    for number in range(3):
        journal.append({"is": "doing", "from": number})
        ends.append(journal._end)
    journal.close()
    whole = (tmp_path / "a").read_bytes()[: ends[-1]]
    for length in range(0, len(whole) + 1, 3):
        torn = tmp_path / "torn"
        torn.write_bytes(whole[:length])
        survived = sum(length >= end for end in ends)
        if not survived:
            assert read(torn) == []
            continue
        again, records = Journal.open(torn)
        assert len(records) == survived
        again.append({"is": "end"})
        again.close()
        assert [one["is"] for one in read(torn)] == [one["is"] for one in records] + ["end"]


def test_a_flipped_bit_ends_it_there(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "a", BEGIN, batches=0)
    at = journal._end + 10
    journal.append({"is": "doing"})
    journal.append({"is": "done"})
    journal.close()
    content = bytearray((tmp_path / "a").read_bytes())
    content[at] ^= 1
    (tmp_path / "a").write_bytes(content)
    assert read(tmp_path / "a") == [BEGIN]


@pytest.fixture
def small_files() -> Iterator[None]:
    """Files may not grow beyond 4 KiB (RLIMIT_FSIZE), as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 512 KiB with almost nothing free; wants root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-o", "size=512k,nr_inodes=100"]
    subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path, but: int = 0) -> Path:
    """Take all space of the disk but so many KiB."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
    filler = disk / "filler"
    filler.write_bytes(bytes(free - but * 1024))
    return filler


@pytest.mark.usefixtures("small_files")
def test_without_room_there_is_no_journal_and_no_half_of_one(tmp_path: Path) -> None:
    with pytest.raises(CannotRecord, match="File too large"):
        Journal.create(tmp_path / "a", BEGIN, batches=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.kernel
def test_room_is_taken_before_anything_begins(full_disk: Path) -> None:
    fill(full_disk, but=128)
    journal = Journal.create(full_disk / "a", BEGIN, batches=100)
    (full_disk / "b").write_bytes(bytes(os.statvfs(full_disk).f_bavail * 4096))
    for number in range(100):
        journal.append({"is": "doing", "from": number}, {"is": "done", "from": number})
    journal.append({"is": "end", "words": "x" * 20_000})
    journal.close()
    assert len(read(full_disk / "a")) == 202


@pytest.mark.kernel
def test_a_full_disk_refuses_the_deployment_and_room_lets_it_through(
    full_disk: Path, machine: ModelMachine, controller: Controller
) -> None:
    from tests.agent.conftest import agent_on

    controller.assigned = False
    with agent_on(machine, full_disk, controller) as hands:
        assert hands.session.connected.wait(30)
        filler = fill(full_disk)
        wanted = controller.assign(job(lab_of(2)))
        hands.do(wanted["deployment"], wanted["generation"])
        answer = controller.finished(wanted)
        assert answer["outcome"] == "failed"
        assert "No space left on device" in answer["failure"]["words"]
        assert "Free space" in answer["failure"]["advice"]
        assert machine.performed == []
        filler.unlink()
        again = controller.assign(job(lab_of(2)))
        hands.do(again["deployment"], again["generation"])
        assert controller.finished(again)["outcome"] == "applied"


def test_a_write_that_fails_in_the_middle_goes_back(
    hands: Hands, controller: Controller, machine: ModelMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_from_now_on(_: object) -> None:
        def failing(*_: object) -> int:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr("tasks.agent.journal.os.pwrite", failing)

    machine.after = fail_from_now_on
    wanted = controller.assign(job(lab_of(2)))
    hands.do(wanted["deployment"], wanted["generation"])
    answer = controller.finished(wanted)
    assert answer["outcome"] == "undone"
    assert "Input/output error" in answer["failure"]["words"]
    assert machine.resources == {}
