"""The user-mode machine that these tests run in where this machine's kernel has no 802.1Q."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.sandbox.user_mode import UserModeMachine

_MIB = 1024


def is_here() -> bool:
    """Whether this very kernel runs in user mode."""
    return "User Mode Linux" in Path("/proc/cpuinfo").read_text()


def missing() -> str:
    """Why there can be no such machine here; empty if there can."""
    if os.geteuid() != 0:
        return "only root boots one in user mode"
    if is_here():
        return "this one is in user mode itself"
    if shutil.which("linux.uml") is None:
        return "user-mode-linux is not installed (apt-get install user-mode-linux)"
    return ""


@contextmanager
def boot(folder: Path) -> Iterator[UserModeMachine]:
    """One that may write in a folder, off again at the end."""
    with UserModeMachine("vlantest", folder, memory_mib=_MIB) as machine:
        yield machine
