"""NetworkManager from the distribution's packages, unpacked and never installed: one that is
installed starts, and takes the machine's own cards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tasks.sandbox import paths

_PACKAGES = (
    "network-manager", "libnm0", "libndp0", "libteamdctl0", "libbluetooth3", "libjansson4",
    "libmm-glib0", "libcurl3-gnutls", "libpsl5",
)  # fmt: skip
"""With the libraries that nothing else here wants."""


def environment() -> dict[str, str]:
    """Where a program finds NetworkManager and nmcli. Skips the test where they cannot be had."""
    if not shutil.which("dbus-daemon"):
        pytest.skip("no bus here for NetworkManager")
    folder = paths.CHECKOUT / "var/cache/network-manager"
    if not folder.exists():
        _unpack(folder)
    libraries = ":".join(str(one.parent) for one in folder.glob("usr/lib/*/libnm.so.0"))
    ways = (folder / "usr/sbin", folder / "usr/bin", os.environ["PATH"])
    return {"PATH": ":".join(map(str, ways)), "LD_LIBRARY_PATH": libraries}


def _unpack(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        made = Path(temporary) / "root"
        try:
            download = ["apt-get", "download", "--quiet", "--quiet", *_PACKAGES]
            subprocess.run(download, cwd=temporary, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            why = getattr(error, "stderr", "") or str(error)
            pytest.skip(f"apt cannot download NetworkManager: {why.strip()}")
        for package in Path(temporary).glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(made)], check=True)
        made.rename(folder)
