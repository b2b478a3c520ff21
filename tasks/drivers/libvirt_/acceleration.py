"""Whether VMs can run under KVM here, found out by running one and remembered until the next boot.

A /dev/kvm that opens is not enough: where the hypervisor is itself a guest, KVM may be there and
hang every kernel that was not built for it. So a Linux kernel is booted under KVM with an init of
a few bytes, which says from user mode that it got there.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 10.0
"""Seconds for a kernel to reach user mode; under a KVM that works it takes about one."""

_GOOD = 33
"""QEMU's exit status when the guest writes 16 to its debug port: twice that and one
(hw/misc/debugexit.c)."""

# iopl(3); out 0xf4, 16; for ever. System call numbers: arch/x86/entry/syscalls/syscall_64.tbl.
_CODE = bytes.fromhex("b8ac000000 bf03000000 0f05 b010 e6f4 ebfe")


@dataclass(frozen=True, slots=True)
class Acceleration:
    """``accelerator`` is libvirt's domain type: kvm, or qemu for emulation (TCG); ``reason``
    says how that was found out."""

    accelerator: str
    reason: str

    @property
    def kvm(self) -> bool:
        return self.accelerator == "kvm"


def decide(state_dir: Path, kernels: Iterable[Path]) -> Acceleration:
    """The answer for this boot of this kernel; tried once, then read from the state folder.

    ``kernels`` are candidates to try with, beside the hypervisor's own in /boot.
    """
    remembered = state_dir / "acceleration.json"
    boot = {"kernel": platform.release(), "boot": _boot_id()}
    try:
        found = json.loads(remembered.read_text())
        if found["for"] == boot:
            return Acceleration(str(found["accelerator"]), str(found["reason"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    answer, certain = _find_out(kernels)
    if certain:
        state_dir.mkdir(parents=True, exist_ok=True)
        text = {"for": boot, "accelerator": answer.accelerator, "reason": answer.reason}
        new = remembered.with_suffix(".new")
        new.write_text(json.dumps(text) + "\n")
        new.replace(remembered)
    return answer


def _find_out(kernels: Iterable[Path]) -> tuple[Acceleration, bool]:
    """The answer, and whether it stays so until the next boot."""
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR))
    except OSError as error:
        return Acceleration("qemu", f"/dev/kvm: {error.strerror}"), False
    if platform.machine() == "x86_64" and not _cpu_virtualizes():
        # Neither VT-x nor AMD-V: this KVM runs only guests that were built for it.
        return Acceleration("qemu", "the CPU shows neither vmx nor svm"), True
    kernel = next((one for one in _candidates(kernels) if _is_linux(one)), None)
    if kernel is None:
        return Acceleration("qemu", "there is no Linux kernel here to try /dev/kvm with"), False
    if reaches_user_mode(kernel, "kvm"):
        return Acceleration("kvm", f"{kernel.name} reached user mode under KVM"), True
    return Acceleration("qemu", f"{kernel.name} does not reach user mode under KVM"), True


def reaches_user_mode(kernel: Path, accelerator: str, patience: float = PATIENCE) -> bool:
    """Boot a kernel and see whether its first process runs. ``accelerator`` is QEMU's word."""
    emulator = shutil.which(f"qemu-system-{platform.machine()}")
    if emulator is None:
        return False
    with tempfile.TemporaryDirectory(prefix="trunkline-kvm-") as folder:
        initrd = Path(folder, "initrd")
        initrd.write_bytes(_initrd())
        command = [
            *(emulator, "-accel", accelerator, "-m", "256", "-nodefaults", "-display", "none"),
            *("-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
            *("-kernel", str(kernel), "-initrd", str(initrd), "-append", "panic=-1 quiet"),
        ]
        if accelerator == "kvm":
            command += ["-cpu", "host"]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == _GOOD


def _candidates(kernels: Iterable[Path]) -> Iterator[Path]:
    boot = Path("/boot")
    yield boot / f"vmlinuz-{platform.release()}"
    yield from kernels
    yield from sorted(boot.glob("vmlinuz*"))


def _is_linux(path: Path) -> bool:
    """A bzImage ("HdrS" at 0x202, Documentation/x86/boot.rst), or an ELF file to boot by PVH."""
    try:
        with path.open("rb") as file:
            head = file.read(0x206)
    except OSError:
        return False
    return head[0x202:] == b"HdrS" or (head[:5] == b"\x7fELF\x02" and path.stat().st_size > 2**20)


def _cpu_virtualizes() -> bool:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        return False
    return "vmx" in flags or "svm" in flags


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _initrd() -> bytes:
    """A cpio archive (newc, Documentation/driver-api/early-userspace/buffer-format.rst) with
    /init alone."""
    return _entry("init", _init(), 0o100755) + _entry("TRAILER!!!", b"", 0)


def _entry(name: str, data: bytes, mode: int) -> bytes:
    fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _init() -> bytes:
    """A static ELF program (elf(5)): one header, one loadable segment, the code."""
    base, size = 0x400000, 64 + 56 + len(_CODE)
    head = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    head += _packed((2, 2), (62, 2), (1, 4), (base + 120, 8), (64, 8), (0, 8), (0, 4))
    head += _packed((64, 2), (56, 2), (1, 2), (64, 2), (0, 2), (0, 2))
    head += _packed((1, 4), (5, 4), (0, 8), (base, 8), (base, 8), (size, 8), (size, 8), (4096, 8))
    return head + _CODE


def _packed(*fields: tuple[int, int]) -> bytes:
    return b"".join(value.to_bytes(width, "little") for value, width in fields)
