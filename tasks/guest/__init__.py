"""The tiny guest: a real Linux that boots in seconds in 128 MiB, made from Debian's packages.

    python -m tasks.guest DIR

writes `tiny.vmlinuz` and `tiny.initrd` for direct kernel boot and `tiny.qcow2`, a disk that boots
by itself. `files/` holds what runs inside; `files/rc` tells the words of its kernel command line.
Imports the standard library only.
"""

from tasks.guest.builder import GuestError, build

KERNEL = "tiny.vmlinuz"
INITRD = "tiny.initrd"
DISK = "tiny.qcow2"

CMDLINE = "console=ttyS0 quiet cryptomgr.notests"
"""To start from: without the self-tests of ciphers, a sixth of a boot under emulation. The
words of `files/rc` follow, such as `eth0=10.0.0.2/24 gw=10.0.0.1`."""

__all__ = ["CMDLINE", "DISK", "INITRD", "KERNEL", "GuestError", "build"]
