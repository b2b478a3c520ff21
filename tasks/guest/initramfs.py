"""What the guest is besides its kernel: busybox, modules, the scripts of `files/`, and QEMU's
guest agent where this machine has it."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

from tasks.guest import agent
from tasks.guest.cpio import Archive
from tasks.guest.errors import GuestError
from tasks.guest.kernel import Kernel

FILES = Path(__file__).with_name("files")

_PLACES = {
    "inittab": ("etc/inittab", False),
    "rc": ("etc/rc", True),
    "seed": ("etc/seed", True),
    "default.script": ("etc/udhcpc/default.script", True),
    "poweroff-button": ("etc/acpi/PWRF/00000080", True),
    "index.html": ("www/index.html", False),
    "ping": ("www/cgi-bin/ping", True),
    "info": ("www/cgi-bin/info", True),
}
"""Where each of `files/` stands in the guest, and whether it is a program."""


def busybox() -> Path:
    """The statically linked busybox of this machine."""
    found = shutil.which("busybox")
    if found is None or b"/ld-linux" in Path(found).read_bytes():
        raise GuestError(
            "no statically linked busybox: the guest is made of it. "
            "Install it with: apt-get install busybox-static"
        )
    return Path(found)


def pack(kernel: Kernel) -> bytes:
    """The gzipped archive; the same inputs give the same bytes."""
    archive = Archive()
    program = busybox()
    archive.file("bin/busybox", program.read_bytes(), program=True)
    listing = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    for applet in listing.stdout.split():
        if applet != "busybox":
            archive.link(f"bin/{applet}", "busybox")
    archive.link("init", "bin/busybox")
    archive.link("sbin", "bin")
    archive.character_device("dev/console", 5, 1)
    for folder in ("proc", "sys", "tmp", "run", "root"):
        archive.folder(folder)
    for name, (place, runs) in _PLACES.items():
        archive.file(place, (FILES / name).read_bytes(), program=runs)
    qemu_ga = agent.program()
    for place, content in ((qemu_ga and agent.files(qemu_ga)) or {}).items():
        archive.file(place, content, program=True)
    for name, content in kernel.modules.items():
        archive.file(f"lib/modules/{name}.ko", content)
    archive.file("etc/drivers/always", f"{' '.join(kernel.always)}\n".encode())
    for device, names in kernel.pci_drivers.items():
        archive.file(f"etc/drivers/{device}", f"{' '.join(names)}\n".encode())
    archive.file("etc/release", f"{kernel.release}\n".encode())
    return gzip.compress(bytes(archive), compresslevel=6, mtime=0)
