"""What is in an archive of ours, read by cpio(1)."""

from __future__ import annotations

import gzip
import subprocess


def names_in(packed: bytes) -> set[str]:
    done = subprocess.run(
        ["cpio", "--list", "--quiet"],
        input=gzip.decompress(packed),
        capture_output=True,
        check=True,
    )
    return set(done.stdout.decode().split())
