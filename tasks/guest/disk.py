"""A disk that boots the guest by itself: one FAT partition with syslinux, made without mounts."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

from tasks.guest.errors import GuestError

_SECTOR = 512
_START = 2048  # the partition's first sector: 1 MiB, as every tool aligns today
_SIZE = 48 * 2048  # its sectors: 48 MiB, the smallest FAT16 that syslinux and mtools agree on
_SERIAL = "20260101"
_EPOCH = "1767225600"  # 2026-01-01: FAT wants a date, and it must not be that of the build
_MBR_CODE = ("/usr/lib/SYSLINUX/mbr.bin", "/usr/lib/syslinux/mbr/mbr.bin")

_PROGRAMS = {
    "mformat": "mtools",
    "mcopy": "mtools",
    "syslinux": "syslinux",
    "qemu-img": "qemu-utils",
}

_SYSLINUX_CFG = """\
SERIAL 0 115200
DEFAULT tiny
LABEL tiny
  KERNEL vmlinuz
  INITRD initrd
  APPEND {cmdline}
"""


def missing_programs() -> list[str]:
    """The Debian packages that are needed for the disk and are not installed."""
    packages = {package for program, package in _PROGRAMS.items() if not shutil.which(program)}
    if not any(Path(path).exists() for path in _MBR_CODE):
        packages.add("syslinux-common")
    return sorted(packages)


def write(target: Path, kernel: Path, initrd: Path, cmdline: str) -> None:
    """Write the disk as a qcow2 image that boots `kernel` with `initrd` and `cmdline`."""
    raw = target.with_suffix(".raw")
    config = target.with_suffix(".cfg")
    try:
        with raw.open("wb") as disk:
            disk.write(_master_boot_record())
            disk.truncate((_START + _SIZE) * _SECTOR)
        config.write_text(_SYSLINUX_CFG.format(cmdline=cmdline))
        os.utime(config, (int(_EPOCH), int(_EPOCH)))  # `mcopy -m` keeps the file's own time
        drive = f"{raw}@@{_START * _SECTOR}"
        geometry = ["-T", str(_SIZE), "-h", "16", "-s", "63", "-H", str(_START)]
        _run(["mformat", "-i", drive, *geometry, "-N", _SERIAL, "-v", "TINY", "::"])
        for source, name in ((kernel, "vmlinuz"), (initrd, "initrd"), (config, "syslinux.cfg")):
            _run(["mcopy", "-i", drive, "-m", str(source), f"::{name}"])
        _run(["syslinux", "--install", "--offset", str(_START * _SECTOR), str(raw)])
        _run(["qemu-img", "convert", "-O", "qcow2", "-c", str(raw), str(target)])
    finally:
        raw.unlink(missing_ok=True)
        config.unlink(missing_ok=True)


def _master_boot_record() -> bytes:
    code = next(Path(path) for path in _MBR_CODE if Path(path).exists()).read_bytes()[:440]
    active, fat16_lba, no_chs = 0x80, 0x0E, b"\xfe\xff\xff"
    partition = struct.pack("<B3sB3sII", active, no_chs, fat16_lba, no_chs, _START, _SIZE)
    signature = int(_SERIAL, 16).to_bytes(4, "little")
    table = code.ljust(440, b"\0") + signature + b"\0\0" + partition
    return table.ljust(510, b"\0") + b"\x55\xaa"


def _run(argv: list[str]) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH, "MTOOLS_SKIP_CHECK": "1", "TZ": "UTC"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise GuestError(f"the guest's disk: `{argv[0]}` failed: {words}")
