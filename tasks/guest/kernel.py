"""A distribution's kernel and the few of its modules that a guest needs."""

from __future__ import annotations

import lzma
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.guest.errors import GuestError

_METAPACKAGES = ("linux-image-amd64", "linux-image-generic")
"""Debian's and Ubuntu's names for "the kernel of this release"."""

ALWAYS = ("button", "evdev")
"""Modules for every guest: they hear the power button."""

SEED = ("isofs",)
"""Modules for a guest with a NoCloud seed, which `files/seed` loads."""

PCI_DRIVERS = {
    "1af4:1000": ("virtio_pci", "virtio_net"),
    "1af4:1041": ("virtio_pci", "virtio_net"),
    "1af4:1001": ("virtio_pci", "virtio_blk"),
    "1af4:1042": ("virtio_pci", "virtio_blk"),
    "1af4:1003": ("virtio_pci", "virtio_console"),
    "1af4:1043": ("virtio_pci", "virtio_console"),
    "1af4:1002": ("virtio_pci", "virtio_balloon"),
    "1af4:1045": ("virtio_pci", "virtio_balloon"),
    "8086:100e": ("e1000",),
    "8086:10d3": ("e1000e",),
    "10ec:8139": ("8139cp",),
    "1022:2000": ("pcnet32",),
    "15ad:07b0": ("vmxnet3",),
}
"""vendor:device, as QEMU's NICs, disks and serial ports show them, to the modules that drive them.
Under emulation each module costs a tenth of a second: a guest loads only those it has a device
for. Dependencies come along; what a kernel has not as a module it has built in, or goes without."""


@dataclass(frozen=True)
class Kernel:
    """A bootable image, modules, and in which order to load which for what."""

    release: str
    image: bytes
    modules: dict[str, bytes]
    always: list[str]
    pci_drivers: dict[str, list[str]]


def fetch(cache: Path) -> Kernel:
    """The kernel of the distribution's package, downloaded once into `cache` by apt."""
    cache.mkdir(parents=True, exist_ok=True)
    packages = sorted(cache.glob("linux-*.deb"))
    if not packages:
        packages = _download(cache)
    with tempfile.TemporaryDirectory(dir=cache) as unpacked:
        for package in packages:
            _run(["dpkg-deb", "--extract", str(package), unpacked])
        return _read(Path(unpacked))


def _download(cache: Path) -> list[Path]:
    names = _packages()
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        # Debian warns that its user _apt cannot write here, and downloads as root.
        _run(["apt-get", "download", "--quiet", "--quiet", *names], folder=Path(folder))
        for package in sorted(Path(folder).glob("*.deb")):
            shutil.move(package, cache / package.name)
    return sorted(cache.glob("linux-*.deb"))


def _packages() -> list[str]:
    """The package with the image, and on Ubuntu the one with its modules."""
    for metapackage in _METAPACKAGES:
        depends = _depends(metapackage)
        images = [name for name in depends if re.match(r"linux-image-\d", name)]
        if images:
            modules = [name for name in _depends(images[0]) if re.match(r"linux-modules-\d", name)]
            return [images[0], *modules]
    raise GuestError(
        f"apt knows none of {', '.join(_METAPACKAGES)}: the guest needs a kernel from one of them. "
        "Run `apt-get update`, or build the guest on Debian or Ubuntu on x86-64"
    )


def _depends(package: str) -> list[str]:
    done = subprocess.run(["apt-cache", "depends", package], capture_output=True, text=True)
    return re.findall(r"^ +\|?Depends: (\S+)$", done.stdout, re.MULTILINE)


def _read(root: Path) -> Kernel:
    images = sorted(root.glob("boot/vmlinuz-*"))
    if not images:
        raise GuestError("the kernel package holds no boot/vmlinuz: this is not an x86-64 kernel")
    release = images[-1].name.removeprefix("vmlinuz-")
    files = {
        _module_name(path): path
        for base in ("lib/modules", "usr/lib/modules")
        for path in (root / base / release).rglob("*.ko*")
    }
    modules: dict[str, bytes] = {}
    always = _in_order(ALWAYS, files, modules)
    _in_order(SEED, files, modules)
    drivers = {device: _in_order(names, files, modules) for device, names in PCI_DRIVERS.items()}
    return Kernel(release, images[-1].read_bytes(), modules, always, drivers)


def _module_name(path: Path) -> str:
    return path.name.partition(".ko")[0].replace("-", "_")


def _in_order(names: Sequence[str], files: dict[str, Path], modules: dict[str, bytes]) -> list[str]:
    """The modules `names` after all they depend on, as modprobe would load them."""
    order: list[str] = []
    for name in names:
        if name not in files:
            continue
        if name not in modules:
            modules[name] = _decompressed(files[name])
        depends = re.search(rb"\0depends=([^\0]+)\0", modules[name])
        below = depends[1].decode().replace("-", "_").split(",") if depends else []
        for needed in (*_in_order(below, files, modules), name):
            if needed not in order:
                order.append(needed)
    return order


def _decompressed(path: Path) -> bytes:
    """Ubuntu compresses modules; busybox insmod reads plain ones."""
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=True).stdout
    return path.read_bytes()


def _run(argv: list[str], folder: Path | None = None) -> None:
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise GuestError(f"{argv[0]} is not installed: the guest is built from Debian packages") \
            from None  # fmt: skip
    if done.returncode != 0:
        raise GuestError(f"`{' '.join(argv[:2])}` failed: {done.stderr.strip()}")
