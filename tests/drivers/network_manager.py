"""NetworkManager from the distribution's packages, unpacked and never installed: one that is
installed starts, and takes the machine's own cards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tasks.sandbox import paths

_NAME = "network-manager"


def environment() -> dict[str, str]:
    """Where a program finds NetworkManager and nmcli. Skips the test where there is no apt to have
    them from; that apt cannot is a failure."""
    if not shutil.which("apt-get"):
        pytest.skip("no apt-get here to have NetworkManager from")
    folder = paths.CHECKOUT / "var/cache/network-manager"
    if not folder.exists():
        _unpack(folder)
    libraries = (*folder.glob("usr/lib/*-linux-gnu*"), *folder.glob("lib/*-linux-gnu*"))
    ways = (folder / "usr/sbin", folder / "usr/bin", os.environ["PATH"])
    return {"PATH": ":".join(map(str, ways)), "LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def _unpack(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        made = Path(temporary) / "root"
        _apt_get("download", "--quiet", "--quiet", _NAME, *_lacking(), folder=temporary)
        for package in Path(temporary).glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(made)], check=True)
        made.rename(folder)


def _lacking() -> list[str]:
    """What it wants that is not installed, by the names that they have in this release."""
    said = _apt_get("install", "--simulate", "--no-install-recommends", _NAME)
    # An upgrade has the old version behind its name, in brackets: what is installed will do.
    return re.findall(r"^Inst (\S+) \(", said, re.MULTILINE)


def _apt_get(*arguments: str, folder: str | None = None) -> str:
    done = subprocess.run(
        ["apt-get", *arguments],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"apt-get {' '.join(arguments)}: {done.stderr.strip()}"
    return done.stdout
