"""Image files: found by name inside one folder, and nowhere else."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from designer.machine.images import (
    HEAD,
    TAIL,
    WHOLE,
    BadDisk,
    Disk,
    content_of,
    look_at_disk,
    objection_to,
    shown_name,
)
from tasks.drivers.library import Library

MIB = 2**20
_PATIENCE = 30
"""Seconds that qemu-img may take."""


class BadImage(Exception):
    """``words`` says what is wrong with the image, ``advice`` what to do."""

    def __init__(self, words: str, advice: str) -> None:
        self.words, self.advice = words, advice
        super().__init__(f"{words} {advice}")


@dataclass(frozen=True, slots=True)
class Images:
    """The hypervisor's image folder."""

    folder: Path

    def path(self, name: str) -> Path:
        """The real path of an image, inside the folder. Raises BadImage.

        One of a library, ``NAME@SHA256``, is the copy of that content. Links inside the folder
        are followed and may not lead out of it. The path returned has no link in it: it is what
        libvirt is told, so that nothing can be swapped under it later.
        """
        advice = f"Name a file in {self.folder}."
        if not name or "\0" in name or Path(name).is_absolute() or ".." in Path(name).parts:
            raise BadImage(f"{name!r} is no file of the image folder.", advice)
        root = self.folder.resolve()
        try:
            found = self.place(name).resolve(strict=True)
        except (OSError, RuntimeError):
            words = f"There is no image {shown_name(name)!r} on this hypervisor."
            raise BadImage(words, f"Put it into {self.folder}, or name another.") from None
        if not found.is_relative_to(root):
            raise BadImage(f"The image {name!r} leads out of the image folder.", advice)
        if not found.is_file():
            raise BadImage(f"{name!r} is no ordinary file.", advice)
        return found

    def place(self, name: str) -> Path:
        """Where an image of that name is, or would be."""
        content = content_of(name)
        library = Library(self.folder.resolve())
        return library.path(content) if content else self.folder.resolve() / name

    def disk(self, name: str) -> tuple[Path, str]:
        """The path and format of a disk image that may be started from. Raises BadImage.

        An image that itself names another file would give a guest whatever file of the
        hypervisor its author wrote into the header: it is refused before any program opens it.
        """
        path = self.path(name)
        try:
            found = _look(path)
        except BadDisk as bad:
            words = f"The disk image {shown_name(name)!r} cannot be used: {bad.words}"
            raise BadImage(words, bad.advice) from None
        wrong = objection_to(info(path, found.format), found)
        if wrong:
            words = f"The disk image {shown_name(name)!r} cannot be used: {wrong}"
            raise BadImage(words, WHOLE)
        return path, found.format

    def disk_size(self, path: Path) -> int:
        """The bytes of the disk in a file, by its own header; 0 where it is no disk that may be
        started from."""
        try:
            return _look(path).virtual_size
        except (BadDisk, OSError):
            return 0


def _look(path: Path) -> Disk:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, size - TAIL))
        return look_at_disk(head, file.read(TAIL), size)


def info(path: Path, format: str) -> dict[str, object]:
    """What qemu-img says of a file of this format, whether or not a VM uses it. Raises
    BadImage."""
    said = _qemu_img("info", "--force-share", "--output=json", "-f", format, str(path))
    facts: dict[str, object] = json.loads(said)
    return facts


def create_overlay(overlay: Path, base: Path, base_format: str, size: int | None = None) -> None:
    """A copy on write of a disk image, of ``size`` MiB where it is stated. Raises BadImage; no
    partial file stays."""
    if size is not None:
        least = -(-int(str(info(base, base_format).get("virtual-size", 0))) // MIB)
        if size < least:
            words = f"The disk image {base.name} has {least} MiB, and the disk is to have {size}."
            raise BadImage(words, "Give the disk at least the size of its image.")
    try:
        _qemu_img(
            *("create", "-q", "-f", "qcow2"),
            *("-b", str(base), "-F", base_format, str(overlay)),
            *([] if size is None else [f"{size}M"]),
        )
    except BadImage:
        overlay.unlink(missing_ok=True)
        raise


def size_of(overlay: Path) -> int | None:
    """The size in MiB, rounded up, of a disk that a VM sees in this file of ours; None where there
    is none. From the header (QEMU docs/interop/qcow2.txt), which no guest can write to."""
    try:
        with overlay.open("rb") as file:
            head = file.read(32)
    except OSError:
        return None
    if len(head) < 32 or head[:4] != b"QFI\xfb":
        return None
    return -(-int.from_bytes(head[24:32], "big") // MIB)


def grow(overlay: Path, size: int) -> None:
    """Grow a disk that no VM uses to ``size`` MiB. Raises BadImage."""
    _qemu_img("resize", "-q", "-f", "qcow2", str(overlay), f"{size}M")


def _qemu_img(*words: str) -> str:
    try:
        done = subprocess.run(
            ["qemu-img", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
        )
    except FileNotFoundError:
        advice = "Install it: apt-get install qemu-utils."
        raise BadImage("There is no qemu-img on this hypervisor.", advice) from None
    except subprocess.TimeoutExpired:
        words_ = f"qemu-img {words[0]} did not end within {_PATIENCE} s."
        raise BadImage(words_, "Look at the disk of the hypervisor.") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        advice = "Make room there." if "No space left" in said else "Check the image with qemu-img."
        raise BadImage(said, advice)
    return done.stdout
