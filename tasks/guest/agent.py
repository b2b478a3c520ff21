"""QEMU's guest agent as this machine has it installed, with the libraries that it needs.

It is dynamically linked, so they come along, each at the place where the loader looks for it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

PACKAGE = "qemu-guest-agent"
PLACE = "bin/qemu-ga"
"""In the guest."""


def program() -> Path | None:
    """Where it is installed; None where it is not."""
    found = shutil.which("qemu-ga")
    return Path(found) if found else None


def files(program: Path) -> dict[str, bytes] | None:
    """What has to be in the guest, by its path there; all of it is executable. None where this
    machine lacks one of its libraries, or where it was built for another kind of machine."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True)
    if listing.returncode != 0 or "not found" in listing.stdout:
        return None
    # "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)", and the loader by its path alone.
    libraries = re.findall(r"(?:^|=>)\s*(/\S+) \(0x", listing.stdout, re.MULTILINE)
    return {
        PLACE: program.read_bytes(),
        **{path.removeprefix("/"): Path(path).read_bytes() for path in libraries},
    }
