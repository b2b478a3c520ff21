"""The guest is built from what is there, the same each time, and only when it must be."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tasks import guest
from tasks.guest import disk, initramfs, kernel, vmlinux


def test_a_second_build_does_nothing(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(cache: Path) -> kernel.Kernel:
        raise AssertionError(f"built again from {cache}")

    monkeypatch.setattr(kernel, "fetch", never)
    said: list[str] = []
    guest.build(images, said.append)
    assert said == [f"The guest image in {images} is up to date."]


def test_a_lost_or_edited_input_builds_again(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = kernel.Kernel("1.2.3", b"no real kernel" * 99, {"button": b"x"}, ["button"], {})
    fetched: list[Path] = []

    def fetch(cache: Path) -> kernel.Kernel:
        fetched.append(cache)
        return source

    monkeypatch.setattr(kernel, "fetch", fetch)
    monkeypatch.setattr(disk, "missing_programs", lambda: ["mtools"])
    said: list[str] = []
    guest.build(tmp_path, said.append)
    first = (tmp_path / guest.INITRD).read_bytes()
    guest.build(tmp_path, said.append)
    assert len(fetched) == 1
    (tmp_path / guest.INITRD).unlink()
    guest.build(tmp_path, said.append)
    assert len(fetched) == 2
    assert (tmp_path / guest.INITRD).read_bytes() == first
    assert said[0] == (
        "No mtools here: the guest gets no disk image, VMs can boot its kernel only. "
        "Install with: apt-get install mtools"
    )
    assert not (tmp_path / guest.DISK).exists()


def test_dependencies_load_first(tmp_path: Path) -> None:
    for name, depends in {
        "mii": "",
        "8139cp": "mii",
        "virtio-net": "net_failover,virtio",
        "virtio": "",
        "net_failover": "failover",
        "failover": "",
    }.items():
        (tmp_path / f"{name}.ko.xz").write_bytes(
            lzma.compress(b"\0license=GPL\0depends=" + depends.encode() + b"\0name=x\0")
        )
    files = {kernel._module_name(path): path for path in tmp_path.iterdir()}
    modules: dict[str, bytes] = {}
    order = kernel._in_order(["virtio_net", "8139cp", "not_there"], files, modules)
    assert order == ["failover", "net_failover", "virtio", "virtio_net", "mii", "8139cp"]
    assert set(modules) == set(order)


def test_the_cached_kernel_was_unpacked(images: Path) -> None:
    head = (images / guest.KERNEL).read_bytes()[:4]
    assert head == b"\x7fELF"


@pytest.mark.parametrize("note", [True, False])
def test_only_a_kernel_with_a_pvh_entry_is_unpacked(note: bool) -> None:
    elf = b"\x7fELF" + bytes(100)
    if note:
        elf += struct.pack("<III", 4, 8, 18) + b"Xen\0" + bytes(8)
    payload = lzma.compress(elf) + struct.pack("<I", len(elf))
    image = bytearray(1024)
    image[0x1F1] = 1
    struct.pack_into("<II", image, 0x248, 16, len(payload))
    assert vmlinux.unpacked(bytes(image) + bytes(16) + payload) == (elf if note else None)


def test_the_disk_is_the_same_each_time(images: Path, tmp_path: Path) -> None:
    kernel_file, initrd = tmp_path / "k", images / guest.INITRD
    kernel_file.write_bytes(b"kernel" * 1000)
    for name in ("one.qcow2", "two.qcow2"):
        disk.write(tmp_path / name, kernel_file, initrd, "console=ttyS0")
    one, two = (
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        for name in ("one.qcow2", "two.qcow2")
    )
    assert one == two
    check = subprocess.run(
        ["qemu-img", "check", str(tmp_path / "one.qcow2")], capture_output=True, text=True
    )
    assert check.returncode == 0, check.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k", "one.qcow2", "two.qcow2"]


def test_no_busybox_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(guest.GuestError, match="apt-get install busybox-static"):
        initramfs.busybox()
