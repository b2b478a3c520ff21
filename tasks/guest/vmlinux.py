"""The kernel without its compression, so that no emulated CPU has to undo it: 4 s a boot saved.

QEMU boots such a file by its PVH entry. Offsets: Linux Documentation/x86/boot.rst.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import struct
import subprocess

_SETUP_SECTORS = 0x1F1
_PAYLOAD_OFFSET = 0x248
_SIZE_TRAILER = 4  # the kernel's build appends the unpacked size to what the compressor wrote


def unpacked(image: bytes) -> bytes | None:
    """The ELF file inside a bzImage, or None where this machine cannot unpack or boot it."""
    setup = (image[_SETUP_SECTORS] or 4) + 1
    offset, length = struct.unpack_from("<II", image, _PAYLOAD_OFFSET)
    payload = image[setup * 512 + offset :][: length - _SIZE_TRAILER]
    elf = b""
    if payload.startswith(b"\xfd7zXZ\0"):
        elf = lzma.decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        elf = gzip.decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd") and shutil.which("zstd"):
        done = subprocess.run(["zstd", "-dc"], input=payload, capture_output=True)
        elf = done.stdout if done.returncode == 0 else b""
    return elf if elf.startswith(b"\x7fELF") and _has_pvh_entry(elf) else None


def _has_pvh_entry(elf: bytes) -> bool:
    """Whether an ELF note of type 18 by "Xen" is there: CONFIG_PVH was on."""
    return struct.pack("<III", 4, 8, 18) + b"Xen\0" in elf or (
        struct.pack("<III", 4, 4, 18) + b"Xen\0" in elf
    )
