"""Images: what VMs boot from, how those of a library are named, and what a disk file may be.

An image of a team's library is named by the design as by its author, and in a machine state as
``NAME@SHA256``: the content is what counts, the name is for people. No name in a design has an
"@" in it, so an image of the hypervisor's own folder, which keeps its bare name, is never mistaken
for one.

:func:`look_at_disk` reads the first bytes of a file by itself, before any program opens it: a
program that looks at a hostile image would follow it to whatever file its author wrote into it
(CVE-2024-4467 is of qemu-img).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Literal

Role = Literal["disk", "kernel", "initrd"]
ROLES: tuple[Role, ...] = ("disk", "kernel", "initrd")
"""What an image is for; a VM has a field of each name."""

SHA256 = re.compile(r"^[0-9a-f]{64}$")
MOST_VIRTUAL = 64 << 40
"""Bytes that a disk may pretend to have."""
HEAD = 4096
TAIL = 512
"""Bytes from a file's beginning and end by which its format is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryImage:
    """An image of the library of the team that a lab belongs to. ``size`` in bytes of the file,
    ``virtual_size`` of the disk in it (0 for what is no disk)."""

    name: str
    role: Role
    sha256: str
    size: int
    virtual_size: int = 0


def library_name(name: str, sha256: str) -> str:
    """What stands in a machine state for an image of the library."""
    return f"{name}@{sha256}"


def content_of(name: str) -> str:
    """The SHA-256 in the name of a library's image, or "" in that of any other."""
    _, at, sha256 = name.rpartition("@")
    return sha256 if at and SHA256.fullmatch(sha256) else ""


def same_image(one: str, other: str) -> bool:
    """Whether both names lead to the same content: a library may call it otherwise by now."""
    content = content_of(one)
    return one == other or (bool(content) and content == content_of(other))


def shown_name(name: str) -> str:
    """For people: "debian-12.qcow2 (SHA-256 1b2c3d4e5f60…)"."""
    content = content_of(name)
    return f"{name[: -len(content) - 1]} (SHA-256 {content[:12]}…)" if content else name


def shown_size(size: int) -> str:
    """Bytes for people, by powers of 1024: "640 MiB", "1.4 GiB"."""
    amount, unit = float(size), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1000 or unit == "TiB":
            break
        amount /= 1024
    return f"{amount:.1f} {unit}" if amount < 10 and unit != "B" else f"{amount:.0f} {unit}"


class BadDisk(ValueError):
    """A file that no VM may have as its disk. ``words`` say what is wrong, ``advice`` what would
    be right."""

    def __init__(self, words: str, advice: str) -> None:
        self.words, self.advice = words, advice
        super().__init__(f"{words} {advice}")


@dataclass(frozen=True, slots=True)
class Disk:
    format: Literal["qcow2", "raw"]
    virtual_size: int


WHOLE = "Make it a whole image of its own: qemu-img convert -O qcow2 OLD NEW."
_CONVERT = "Convert it: qemu-img convert -O qcow2 OLD NEW."
_UNPACK = "Unpack it first."

_OTHERS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"KDMV", "a VMDK image", _CONVERT),
    (0, b"COWD", "a VMDK image", _CONVERT),
    (0, b"# Disk DescriptorFile", "a VMDK descriptor, which names other files", _CONVERT),
    (0x40, b"\x7f\x10\xda\xbe", "a VDI image", _CONVERT),
    (0, b"conectix", "a VHD image", _CONVERT),
    (0, b"vhdxfile", "a VHDX image", _CONVERT),
    (0, b"QED\0", "a QED image", _CONVERT),
    (0, b"QFI\xfb", "a QCOW image of an old version", _CONVERT),
    (0, b"LUKS\xba\xbe", "an encrypted LUKS volume", "Decrypt it first."),
    (0, b"WithoutFreeSpace", "a Parallels image", _CONVERT),
    (0, b"WithouFreSpacExt", "a Parallels image", _CONVERT),
    (0, b"Bochs Virtual HD Image", "a Bochs image", _CONVERT),
    (0, b"#!/bin/sh\n#V2.0 Format\nmodprobe cloop", "a cloop image", _CONVERT),
    (0, b"OOOO Virtual", "an image of another format", _CONVERT),
    (0, b"\x1f\x8b", "packed with gzip", _UNPACK),
    (0, b"\xfd7zXZ\0", "packed with xz", _UNPACK),
    (0, b"BZh", "packed with bzip2", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "packed with zstd", _UNPACK),
    (0, b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
)
"""Beginnings of files that QEMU would take for something else than a raw disk (the probes in
QEMU's block/), or that are no disk yet: offset, bytes, what it is, what to do."""


def look_at_disk(head: bytes, tail: bytes, size: int) -> Disk:
    """What the disk image is that begins with ``head`` (its first :data:`HEAD` bytes or all of
    it) and ends with ``tail`` (:data:`TAIL`), of ``size`` bytes. Raises :class:`BadDisk`.

    A qcow2 image must not lead to anything outside of itself. What has no other format's
    signature is raw.
    """
    if size == 0:
        raise BadDisk("The file is empty.", "Choose another.")
    if head[:4] == b"QFI\xfb" and head[4:8] in (b"\0\0\0\2", b"\0\0\0\3"):
        return _qcow2(head)
    for offset, magic, what, advice in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            raise BadDisk(f"The file is {what}; a disk is qcow2 or raw.", advice)
    if tail[:8] == b"conectix":
        raise BadDisk("The file is a VHD image; a disk is qcow2 or raw.", _CONVERT)
    if tail[:4] == b"koly":
        raise BadDisk("The file is a DMG image; a disk is qcow2 or raw.", _CONVERT)
    if size % 512:
        raise BadDisk(
            f"A raw disk consists of sectors of 512 bytes, and {size} bytes are no whole number "
            "of them.",
            "Was it cut off? Copy it again.",
        )
    return Disk("raw", size)


_BACKING_FORMAT, _ENCRYPTION, _DATA_FILE = 0xE2792ACA, 0x0537BE77, 0x44415441
_KNOWN = 0b11111
"""Incompatible features that QEMU has: dirty, corrupt, external data file, compression type,
extended L2 entries."""


def _qcow2(head: bytes) -> Disk:
    """By QEMU's docs/interop/qcow2.rst; all numbers are big-endian."""
    if len(head) < 104:
        raise BadDisk("The qcow2 header is cut off.", "Copy the file again.")
    version, backing, backing_size, bits, virtual, crypt = struct.unpack_from(">IQIIQI", head, 4)
    features, length = 0, 72
    if version == 3:
        (features,) = struct.unpack_from(">Q", head, 72)
        (length,) = struct.unpack_from(">I", head, 100)
    if backing or backing_size:
        raise BadDisk("The qcow2 image is only a layer over a backing file.", WHOLE)
    if crypt:
        raise BadDisk("The qcow2 image is encrypted.", "Decrypt it first.")
    if features & 0b100:
        raise BadDisk("The qcow2 image keeps its data in another file.", WHOLE)
    if features & 0b10:
        raise BadDisk("The qcow2 image is marked as corrupt.", "Mend it: qemu-img check -r all.")
    if features & ~_KNOWN:
        words = "The qcow2 image has features that are not known here."
        raise BadDisk(words, _CONVERT)
    if not 9 <= bits <= 21 or not 72 <= length <= 4096 or length % 8:
        raise BadDisk("The qcow2 header is damaged.", "Copy the file again.")
    if not 0 < virtual <= MOST_VIRTUAL:
        raise BadDisk(
            f"The disk in the qcow2 image would have {virtual} bytes.",
            f"Up to {shown_size(MOST_VIRTUAL)} are taken.",
        )
    _extensions(head, length, 1 << bits)
    return Disk("qcow2", virtual)


def _extensions(head: bytes, start: int, end: int) -> None:
    """Header extensions follow the header, up to the end of the first cluster. What is no longer
    in sight belongs to the bulky ones (feature names), and QEMU's own look finds it."""
    at = start
    while at + 8 <= min(len(head), end):
        kind, length = struct.unpack_from(">II", head, at)
        if kind == 0:
            return
        if kind == _BACKING_FORMAT:
            raise BadDisk("The qcow2 image names the format of a backing file.", WHOLE)
        if kind == _DATA_FILE:
            raise BadDisk("The qcow2 image names a file for its data.", WHOLE)
        if kind == _ENCRYPTION:
            raise BadDisk("The qcow2 image is encrypted.", "Decrypt it first.")
        at += 8 + (length + 7) // 8 * 8
    if at < end:
        raise BadDisk("The qcow2 header is longer than is usual.", _CONVERT)


def objection_to(facts: dict[str, object], expected: Disk) -> str:
    """What is wrong with a disk by what ``qemu-img info --output=json`` says of it; "" if nothing
    is. A second look: the first is :func:`look_at_disk`."""
    specific = facts.get("format-specific") or {}
    data = specific.get("data") or {} if isinstance(specific, dict) else {}
    if not isinstance(data, dict):
        data = {}
    found = facts.get("format")
    if found != expected.format:
        return f"It looks like {expected.format}, and qemu-img says {found}."
    other = facts.get("backing-filename") or data.get("data-file")
    if other:
        return f"It is only a layer over {other!r}."
    if facts.get("encrypted") or data.get("encrypt"):
        return "It is encrypted."
    if data.get("corrupt"):
        return "It is marked as corrupt."
    if expected.format == "qcow2" and facts.get("virtual-size") != expected.virtual_size:
        return f"Its header says {expected.virtual_size} bytes, qemu-img {facts['virtual-size']}."
    return ""
