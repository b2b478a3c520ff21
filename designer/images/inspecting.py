"""What an uploaded disk is: found out, never believed.

First our own look at the header (:func:`designer.machine.images.look_at_disk`): what leads
elsewhere is refused before any program has opened it. Then qemu-img looks, told the format so that
it probes nothing, with little memory and little time, for its readers are C code and the file is
hostile until shown otherwise.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from designer.labs.errors import Refused
from designer.machine.images import HEAD, TAIL, BadDisk, Disk, look_at_disk, objection_to

_MEMORY = 1 << 30
_CPU = 20
"""Seconds; OpenStack's Nova allows as much memory and 30 s (nova.virt.images)."""
_PATIENCE = 60


def refuse_unable() -> None:
    """Raises :class:`Refused` where this server cannot look at disks: before anybody sends one."""
    if shutil.which("qemu-img") is None:
        raise _no_qemu_img()


def inspect(path: Path) -> Disk:
    """Raises :class:`Refused` with what is wrong and what would be right."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, size - TAIL))
        tail = file.read(TAIL)
    try:
        disk = look_at_disk(head, tail, size)
    except BadDisk as bad:
        raise Refused("image-refused", f"{bad.words} {bad.advice}") from None
    if disk.format == "qcow2":
        wrong = objection_to(_qemu_img_info(path, disk.format), disk)
        if wrong:
            message = f"{wrong} Make a whole qcow2 or raw image of it with qemu-img convert."
            raise Refused("image-refused", message)
    return disk


def _qemu_img_info(path: Path, format: str) -> dict[str, object]:
    limits = ["prlimit", f"--as={_MEMORY}", f"--cpu={_CPU}", "--core=0", "--nofile=64", "--"]
    try:
        done = subprocess.run(
            [*limits, "qemu-img", "info", "--output=json", "-f", format, "--", str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise _no_qemu_img() from None
    except subprocess.TimeoutExpired:
        message = f"qemu-img did not come to an end with it within {_PATIENCE} s."
        raise Refused("image-refused", message) from None
    if done.returncode == 127:  # prlimit(1) found nothing to start
        raise _no_qemu_img()
    if done.returncode != 0:
        said = done.stderr.strip().rpartition(": ")[2] or f"status {done.returncode}"
        message = f"qemu-img cannot read it as {format}: {said}. Was it cut off? Copy it again."
        raise Refused("image-refused", message)
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


def _no_qemu_img() -> Refused:
    message = "This server cannot look at disk images: install qemu-img on it (package qemu-utils)."
    return Refused("no-qemu-img", message)
