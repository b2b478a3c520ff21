"""The library that lets user-mode Linux run on processors with AMX: see `registers.c`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

_SOURCE = Path(__file__).with_name("registers.c")


def library(cache: Path) -> Path | None:
    """Its path, built when it is not in the folder yet; None where there is no C compiler.

    Processors without AMX can do without it.
    """
    digest = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:16]
    built = cache / f"registers-{digest}.so"
    if built.exists():
        return built
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        new = Path(folder, built.name)
        argv = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(new), str(_SOURCE)]
        try:
            subprocess.run([*argv, "-ldl"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        os.replace(new, built)  # several may build it at once
    return built
