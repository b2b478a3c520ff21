"""The last program before the kernel: host.py SETTINGS_FILE NETWORK_FD

Runs inside a held machine, in the mount namespace that becomes the new kernel's disk, and makes
that disk what it must be: everything read-only except the folders of this machine, the kernel's
modules where modprobe looks for them, and memory on a tmpfs that ends with the namespace. Then it
steps into the network namespace that holds the taps and becomes `linux.uml`.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.sandbox import inside
else:
    sys.path.append(os.path.dirname(os.path.dirname(__file__)))
    import inside

_SYS_MOUNT_SETATTR = 442  # the same on every architecture; Linux 5.12
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY = 1
_MEMORY = "/run/memory"

_libc = ctypes.CDLL(None, use_errno=True)


def main(settings_file: str, network: int) -> None:
    """Prepare and become the kernel; returns only by an exception."""
    with open(settings_file) as file:
        settings = json.load(file)
    writable = settings["writable"]
    os.mkdir(_MEMORY)
    inside.mount("tmpfs", _MEMORY, "tmpfs", inside.MS_NOSUID | inside.MS_NODEV, "mode=700")
    _show_modules(settings["modules_dir"])
    for folder in writable:
        inside.mount(folder, folder, "", inside.MS_BIND)
    _set_read_only("/", recursive=True)
    for folder in (*writable, _MEMORY):
        _set_read_only(folder, read_only=False)
    inside.setns(f"/proc/self/fd/{network}", inside.CLONE_NEWNET)
    os.close(network)
    os.setsid()
    # The kernel keeps its memory in a file it has unlinked, and its pid and socket in uml_dir.
    os.environ["TMPDIR"] = os.environ["HOME"] = _MEMORY
    if settings["preload"]:
        os.environ["LD_PRELOAD"] = settings["preload"]  # of the kernel: its processes see no such
    # It and its processes take turns by ptrace(2). On one processor that is a mere switch; across
    # two, each turn wakes the other, and on a virtual machine that costs far more than the rest.
    os.sched_setaffinity(0, {settings["processor"]})
    kernel = settings["kernel"]
    os.execv(kernel[0], [*kernel, f"uml_dir={_MEMORY}/", *settings["init"]])  # noqa: S606


def _show_modules(source: str) -> None:
    """Put the new kernel's modules at /lib/modules/RELEASE."""
    libraries = os.path.realpath("/lib")
    modules = f"{libraries}/modules"
    if os.path.isdir(modules):
        inside.mount("tmpfs", modules, "tmpfs", inside.MS_NOSUID | inside.MS_NODEV, "mode=755")
    else:  # a container: it has no modules and no place for them
        upper, work = f"{_MEMORY}/upper", f"{_MEMORY}/work"
        os.mkdir(upper, 0o755)
        os.mkdir(work)
        layers = f"lowerdir={libraries},upperdir={upper},workdir={work}"
        inside.mount("overlay", libraries, "overlay", inside.MS_NODEV, layers)
        os.mkdir(modules, 0o755)
    os.symlink(source, f"{modules}/{os.path.basename(source)}")


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def _set_read_only(folder: str, *, read_only: bool = True, recursive: bool = False) -> None:
    """mount_setattr(2): forbid or allow writing through the mount at `folder`."""
    wanted = _MountAttributes()
    if read_only:
        wanted.set = _MOUNT_ATTR_RDONLY
    else:
        wanted.clear = _MOUNT_ATTR_RDONLY
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR,
        _AT_FDCWD,
        folder.encode(),
        _AT_RECURSIVE if recursive else 0,
        ctypes.byref(wanted),
        ctypes.c_size_t(ctypes.sizeof(wanted)),
    )
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount_setattr {folder}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
