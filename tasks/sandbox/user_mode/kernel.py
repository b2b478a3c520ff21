"""Where user-mode Linux is on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from tasks.sandbox.errors import SandboxError

MODULES = Path("/usr/lib/uml/modules")
"""Where Debian's package user-mode-linux puts the modules of its kernel, by release."""


def find_kernel() -> tuple[str, Path]:
    """The program that is the kernel, and the folder with its modules."""
    program = shutil.which("linux.uml") or shutil.which("linux.uml", path="/usr/bin")
    releases = sorted(MODULES.iterdir()) if MODULES.is_dir() else []
    if program is None or not releases:
        raise SandboxError(
            "user-mode Linux is not installed: install it with: apt-get install user-mode-linux"
        )
    return program, releases[-1]
