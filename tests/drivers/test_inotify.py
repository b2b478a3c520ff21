"""Files that come into a folder are heard of, on the real kernel."""

from __future__ import annotations

import select
from pathlib import Path

import pytest

from tasks.drivers.inotify import FolderWatch


def heard(watch: FolderWatch) -> list[str]:
    assert select.select([watch], [], [], 5)[0]
    return list(watch.read())


def test_files_written_renamed_and_removed_are_named(tmp_path: Path) -> None:
    watch = FolderWatch(tmp_path)
    (tmp_path / "new").write_text("x")
    assert heard(watch) == ["new"]
    (tmp_path / "new").rename(tmp_path / "virbr0.status")
    assert heard(watch) == ["virbr0.status"]
    (tmp_path / "virbr0.status").unlink()
    assert heard(watch) == ["virbr0.status"]
    assert list(watch.read()) == []
    watch.close()


def test_a_folder_that_is_not_there_or_goes_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FolderWatch(tmp_path / "none")
    folder = tmp_path / "goes"
    folder.mkdir()
    watch = FolderWatch(folder)
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        heard(watch)
    watch.close()
