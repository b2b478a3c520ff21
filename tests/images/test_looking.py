"""What is kept of files that people upload: whole disks, and nothing that leads elsewhere."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from designer.images import inspecting
from designer.images.actions.add_file import add_file
from designer.images.models import Image, Upload
from designer.labs.errors import Refused
from designer.machine.images import BadDisk, Disk, look_at_disk, shown_size
from tests.cast import Cast
from tests.images.samples import hostile, qcow2, qemu_img, raw


def test_hostile_files_are_refused_and_nothing_is_kept(
    cast: Cast, folder: Path, tmp_path: Path
) -> None:
    samples = hostile(tmp_path)
    assert len(samples) >= 25
    for name, (path, words) in samples.items():
        with pytest.raises(Refused) as refused:
            add_file(cast.lab.team, cast.alice, path, name=name, role="disk")
        assert words in refused.value.message, f"{name}: {refused.value.message}"
        assert refused.value.code == "image-refused"
    assert not Image.objects.exists()
    assert not Upload.objects.exists()
    assert [one for one in folder.rglob("*") if one.is_file() and one.name != "lock"] == []


def test_an_image_that_leads_elsewhere_is_refused_before_any_program_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(inspecting, "_qemu_img_info", lambda path, format: opened.append(path))
    for name, (path, _) in hostile(tmp_path).items():
        if name != "heavy-table":
            with pytest.raises(Refused):
                inspecting.inspect(path)
    assert opened == []


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-o", "compat=0.10"),
        ("-o", "compression_type=zstd"),
        ("-o", "extended_l2=on,cluster_size=128k"),
        ("-o", "lazy_refcounts=on"),
        ("-o", "preallocation=metadata"),
    ],
)
def test_whole_qcow2_images_of_all_kinds_are_taken(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert inspecting.inspect(qcow2(tmp_path / "a", "64M", *options)) == Disk("qcow2", 64 << 20)


def test_a_qcow2_image_with_a_snapshot_is_taken(tmp_path: Path) -> None:
    path = qcow2(tmp_path / "a")
    qemu_img("snapshot", "-c", "before", path)
    assert inspecting.inspect(path).format == "qcow2"


def test_a_raw_disk_is_told_by_what_it_is_not(tmp_path: Path) -> None:
    assert inspecting.inspect(raw(tmp_path / "a.qcow2")) == Disk("raw", 1 << 20)


def test_qemu_img_looks_with_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is real: with less than it needs to start, it does not start."""
    path = qcow2(tmp_path / "a")
    monkeypatch.setattr(inspecting, "_MEMORY", 16 << 20)
    with pytest.raises(Refused):
        inspecting.inspect(path)


def test_a_file_cut_off_anywhere_is_never_worse_than_refused(tmp_path: Path) -> None:
    """Whatever the header says, the answer is a disk or BadDisk."""
    whole = qcow2(tmp_path / "a").read_bytes()[:4096]
    for end in range(0, 600, 7):
        for flip in range(0, min(end, 112), 5):
            head = bytearray(whole[:end])
            head[flip] ^= 0xFF
            with suppress(BadDisk):
                assert look_at_disk(bytes(head), b"", max(1, end)).format in ("qcow2", "raw")


def test_sizes_for_people() -> None:
    sizes = [0, 999, 1024, 5 << 20, 640 << 20, 1400 << 20, 3 << 40]
    assert [shown_size(one) for one in sizes] == [
        "0 B",
        "999 B",
        "1.0 KiB",
        "5.0 MiB",
        "640 MiB",
        "1.4 GiB",
        "3.0 TiB",
    ]


def test_prlimit_is_there() -> None:
    assert subprocess.run(["prlimit", "--version"], capture_output=True).returncode == 0
