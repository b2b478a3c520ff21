"""Copying images: once, whole or not at all, gone on with, made room for, and let go."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from designer.machine.resources import Image
from designer.planner.operations import Operation
from tasks.agent import images
from tasks.agent.errors import Stopping
from tasks.agent.images import Copier
from tasks.agent.run import Overtaken
from tasks.drivers.errors import OperationFailed
from tasks.drivers.library import Library
from tests.agent.shelf import PATH, Shelf

CONTENT = os.urandom(300_000)


def operation(sha256: str, size: int = len(CONTENT)) -> Operation:
    image = Image(sha256=sha256, name="debian.qcow2", size=size)
    return Operation(action="create", key=image.key, after=image, reason="It is not there.")


def copy(copier: Copier, one: Operation, check: Any = lambda: None) -> list[str]:
    told: list[str] = []
    copier.copy(one, told.append, check)
    return told


def files(library: Library) -> list[str]:
    return sorted(os.listdir(library.folder)) if library.folder.exists() else []


def test_it_is_copied_once_and_kept(shelf: Shelf, library: Library, copier: Copier) -> None:
    sha256 = shelf.add(CONTENT)
    assert list(library.observe([("image", sha256)])) == []
    told = copy(copier, operation(sha256))
    assert told[-1] == "copying debian.qcow2: 100 %, 293 KiB of 293 KiB"
    assert library.path(sha256).read_bytes() == CONTENT
    assert [one.key for one in library.observe([("image", sha256), ("link", "", "br0")])] == [
        ("image", sha256)
    ]
    assert copy(copier, operation(sha256)) == []
    assert shelf.asked == [(PATH + sha256, "")]
    assert library.contents() == (sha256,)


def test_a_connection_that_breaks_is_gone_on_with(
    shelf: Shelf, library: Library, copier: Copier
) -> None:
    sha256 = shelf.add(CONTENT)
    shelf.cut = [100_000, 0, 50_000]
    told = copy(copier, operation(sha256))
    assert [asked for _, asked in shelf.asked] == [
        "", "bytes=100000-", "bytes=100000-", "bytes=150000-",
    ]  # fmt: skip
    assert any("again, as" in one for one in told)
    assert library.path(sha256).read_bytes() == CONTENT


def test_a_controller_that_brings_nothing_ends_it(
    shelf: Shelf, library: Library, copier: Copier
) -> None:
    sha256 = shelf.add(CONTENT)
    shelf.status = 503
    with pytest.raises(OperationFailed, match="HTTP 503"):
        copy(copier, operation(sha256))
    assert len(shelf.asked) == 6
    assert files(library) == []


def test_what_no_job_names_is_not_given(shelf: Shelf, library: Library, copier: Copier) -> None:
    with pytest.raises(OperationFailed, match="No job of this hypervisor names"):
        copy(copier, operation("0" * 64))
    assert (len(shelf.asked), files(library)) == (1, [])


@pytest.mark.parametrize("status", [301, 302, 307])
def test_the_credential_goes_nowhere_else(shelf: Shelf, copier: Copier, status: int) -> None:
    sha256 = shelf.add(CONTENT)
    shelf.status = status
    with pytest.raises(OperationFailed, match="does not give"):
        copy(copier, operation(sha256))


def test_another_content_is_never_kept(shelf: Shelf, library: Library, copier: Copier) -> None:
    wanted = hashlib.sha256(b"wanted").hexdigest()
    shelf.add(CONTENT, wanted)
    with pytest.raises(OperationFailed, match=hashlib.sha256(CONTENT).hexdigest()):
        copy(copier, operation(wanted))
    assert files(library) == []


def test_more_than_was_told_is_not_read(shelf: Shelf, library: Library, copier: Copier) -> None:
    sha256 = shelf.add(CONTENT)
    with pytest.raises(OperationFailed, match="nothing of it is kept"):
        copy(copier, operation(sha256, size=1000))
    assert files(library) == []


def raising(error: Exception) -> Any:
    """A check that raises as soon as something has come."""

    def check() -> None:
        raise error

    return check


def test_cancelled_it_leaves_nothing_and_stopped_it_goes_on(
    shelf: Shelf, library: Library, copier: Copier
) -> None:
    sha256 = shelf.add(CONTENT)
    shelf.pause.clear()
    with pytest.raises(Overtaken):
        copy(copier, operation(sha256), raising(Overtaken("Cancelled")))
    assert files(library) == []
    with pytest.raises(Stopping):
        copy(copier, operation(sha256), raising(Stopping("it stops")))
    assert files(library) == [f"{sha256}.part"]
    have = library.part(sha256).stat().st_size
    assert 0 < have <= 65536
    shelf.pause.set()
    copy(copier, operation(sha256))
    assert shelf.asked[-1] == (PATH + sha256, f"bytes={have}-")
    assert library.path(sha256).read_bytes() == CONTENT


def test_stopped_before_anything_has_come_it_leaves_nothing(
    shelf: Shelf, library: Library, copier: Copier
) -> None:
    sha256 = shelf.add(CONTENT)
    shelf.status = 503
    with pytest.raises(Stopping):
        copy(copier, operation(sha256), raising(Stopping("it stops")))
    assert (len(shelf.asked), files(library)) == (1, [])


def test_without_room_nothing_is_kept_and_the_figures_are_said(
    shelf: Shelf, library: Library, copier: Copier, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = shelf.add(CONTENT)
    monkeypatch.setattr(Library, "free", lambda self: images.RESERVE + 1000)
    with pytest.raises(OperationFailed) as failed:
        copy(copier, operation(sha256))
    assert "debian.qcow2 has 293 KiB" in failed.value.words
    assert failed.value.errno == 28
    assert (shelf.asked, files(library)) == ([], [])


@pytest.mark.kernel
def test_a_disk_that_gets_full_keeps_nothing(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real ENOSPC, on a file system with 256 KiB."""
    from tests.agent.small_disk import small_disk

    sha256 = shelf.add(CONTENT)
    with small_disk(tmp_path / "small", "256k") as folder:
        library = Library(folder)
        monkeypatch.setattr(Library, "free", lambda self: 1 << 40)  # it looked as if there were
        with pytest.raises(OperationFailed) as failed:
            copy(Copier(shelf.credential, library), operation(sha256))
        assert failed.value.errno == 28
        assert files(library) == []


def test_copies_that_nobody_uses_make_room_the_oldest_first(
    shelf: Shelf, library: Library, copier: Copier, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [shelf.add(os.urandom(1000)) for _ in range(3)]
    for age, name in enumerate(names):
        copy(copier, operation(name, 1000))
        os.utime(library.path(name), (1000 + age, 1000 + age))
    copier.in_use = lambda: {names[0]}
    sha256 = shelf.add(CONTENT)
    monkeypatch.setattr(
        Library,
        "free",
        lambda self: images.RESERVE + 100_000 * (4 - len(library.contents())),
    )
    copy(copier, operation(sha256, len(CONTENT)))
    assert set(library.contents()) == {names[0], sha256}


def test_copies_go_when_no_library_has_them_and_nobody_uses_them(
    shelf: Shelf, library: Library, copier: Copier
) -> None:
    used, known, unknown = (shelf.add(os.urandom(1000)) for _ in range(3))
    for name in (used, known, unknown):
        copy(copier, operation(name, 1000))
    del shelf.contents[used], shelf.contents[unknown]
    copier.in_use = lambda: {used}
    library.part("0" * 64).write_bytes(b"half")
    old = time.time() - 2 * 86400
    os.utime(library.part("0" * 64), (old, old))
    assert copier.tidy()
    assert files(library) == sorted([used, known])
    assert not copier.tidy()


def test_nothing_goes_while_nobody_can_say(shelf: Shelf, library: Library, copier: Copier) -> None:
    sha256 = shelf.add(CONTENT)
    copy(copier, operation(sha256))
    copier.in_use = lambda: set()
    shelf.close()
    assert not copier.tidy()
    assert library.contents() == (sha256,)
