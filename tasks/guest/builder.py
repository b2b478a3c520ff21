"""The three files of the guest, built only when something they are made of has changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from tasks.guest import agent, disk, initramfs, kernel, vmlinux
from tasks.guest.errors import GuestError

__all__ = ["GuestError", "build"]

_DISK_CMDLINE = "console=ttyS0 quiet cryptomgr.notests dhcp=all"
"""A disk cannot be told addresses from outside: it asks by DHCP on every NIC."""


def build(folder: Path, say: Callable[[str], None] = print) -> None:
    """Write tiny.vmlinuz, tiny.initrd and tiny.qcow2 into `folder`.

    Downloads a kernel package of the distribution into `folder`/packages the first time, about
    70 MB. A second build from the same inputs ends at once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:  # freed by the kernel, however we end
        fcntl.flock(lock, fcntl.LOCK_EX)
        _build(folder, say)


def _build(folder: Path, say: Callable[[str], None]) -> None:
    stamp = folder / ".stamp"
    image, initrd, qcow2 = (folder / f"tiny.{kind}" for kind in ("vmlinuz", "initrd", "qcow2"))
    lacking = disk.missing_programs()
    if lacking:
        say(
            f"No {', '.join(lacking)} here: the guest gets no disk image, VMs can boot its kernel "
            f"only. Install with: apt-get install {' '.join(lacking)}"
        )
    if agent.program() is None:
        say(
            "No qemu-ga here: the guest gets no agent, nothing can be tried from within its VMs. "
            f"Install with: apt-get install {agent.PACKAGE}"
        )
    wanted = [image, initrd] if lacking else [image, initrd, qcow2]
    inputs = _digest_of_inputs(folder / "packages", with_disk=not lacking)
    if all(path.exists() for path in wanted) and stamp.exists() and stamp.read_text() == inputs:
        say(f"The guest image in {folder} is up to date.")
        return
    stamp.unlink(missing_ok=True)
    say("Building the guest image; the first time a kernel package of about 70 MB is downloaded.")
    source = kernel.fetch(folder / "packages")
    _write(image, vmlinux.unpacked(source.image) or source.image)
    _write(initrd, initramfs.pack(source))
    if not lacking:
        half = folder / ".tiny.qcow2"
        packed = folder / ".tiny.bzimage"
        packed.write_bytes(source.image)
        disk.write(half, packed, initrd, _DISK_CMDLINE)
        packed.unlink()
        half.replace(qcow2)
    stamp.write_text(_digest_of_inputs(folder / "packages", with_disk=not lacking))
    say(f"The guest image is in {folder}: Linux {source.release}, {len(source.modules)} modules.")


def _write(path: Path, content: bytes) -> None:
    half = path.with_name(f".{path.name}")
    half.write_bytes(content)
    half.replace(path)


def _digest_of_inputs(packages: Path, *, with_disk: bool) -> str:
    """Names and sizes of what is big and never edited in place, contents of the rest."""
    digest = hashlib.sha256(b"disk" if with_disk else b"")
    for path in sorted(packages.glob("*.deb")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    ours = Path(__file__).parent
    for path in (*sorted(ours.glob("*.py")), *sorted(initramfs.FILES.iterdir())):
        if path.is_file():
            digest.update(f"{path.relative_to(ours)}\n".encode() + path.read_bytes())
    for program in (initramfs.busybox(), agent.program()):
        if program is not None:
            found = os.stat(program)
            digest.update(f"{program.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
