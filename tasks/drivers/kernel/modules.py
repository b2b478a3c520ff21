"""Kernel modules: which are there, which could be loaded, and loading them (modprobe(8)).

To find out loads nothing: the kernel loads a module by itself as soon as somebody tries to use
what it gives, so it is looked for before anything is tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from designer.machine.resources import Module
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel.session import Session

WANTED = ("8021q",)
"""Those that a lab may ask for, each for a feature of the same name."""

_SECONDS = 30
_CAP_SYS_MODULE = 16
"""Its bit (capabilities(7), linux/capability.h)."""
_ADVICE = (
    "Install the modules of the running kernel on the hypervisor (on Debian and Ubuntu: "
    "linux-image-$(uname -r), linux-modules-extra-$(uname -r)), or place the host elsewhere."
)


def present(name: str) -> bool:
    """Whether the kernel has it, loaded or built in."""
    if Path("/sys/module", name).is_dir() or _builtin(name):
        return True
    # Built in without a version it is in neither; but it has its files in every namespace.
    return name == "8021q" and Path("/proc/thread-self/net/vlan").is_dir()


def loadable(name: str) -> bool:
    """Whether it is not there, and modprobe would find it and may load it."""
    if present(name) or not _may_load():
        return False
    try:
        done = _modprobe("--dry-run", "--quiet", "--show-depends", "--", name)
    except (OSError, subprocess.TimeoutExpired):
        return False
    # A line for each: "insmod FILE OPTIONS"; "install COMMAND" is an administrator's, mostly to
    # forbid it.
    commands = [line.split() for line in done.stdout.splitlines()]
    return (
        done.returncode == 0
        and bool(commands)
        and all(
            len(words) > 1 and words[0] == "insmod" and Path(words[1]).is_file()
            for words in commands
        )
    )


def create(_session: Session, operations: Sequence[Operation]) -> None:
    """Load modules."""
    for operation in operations:
        module = operation.after
        if isinstance(module, Module) and not present(module.name):
            _load(module.name, operation)


def change(_session: Session, _operations: Sequence[Operation]) -> None:
    """There is nothing to change on a module."""


def delete(_session: Session, _operations: Sequence[Operation]) -> None:
    """A module stays: nobody knows who else uses it by now."""


def _load(name: str, operation: Operation) -> None:
    try:
        done = _modprobe("--", name)
    except FileNotFoundError:
        words = "modprobe is not installed"
        advice = "Install it on the hypervisor (apt-get install kmod)."
        raise OperationFailed(operation, None, words, advice) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationFailed(operation, None, str(error), _ADVICE) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        words = lines[-1] if lines else f"modprobe ended with {done.returncode}"
        raise OperationFailed(operation, None, words, _ADVICE)


def _modprobe(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("modprobe") or shutil.which("modprobe", path="/usr/sbin:/sbin")
    if program is None:
        raise FileNotFoundError("modprobe")
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=_SECONDS)


def _builtin(name: str) -> bool:
    """By the list that the kernel's build leaves (modules.builtin, Documentation/kbuild)."""
    try:
        lines = Path("/lib/modules", os.uname().release, "modules.builtin").read_text()
    except OSError:
        return False
    return any(line.endswith(f"/{name}.ko") for line in lines.splitlines())


def _may_load() -> bool:
    """Whether this program may load modules at all: containers and locked kernels may not."""
    try:
        if Path("/proc/sys/kernel/modules_disabled").read_text().strip() != "0":
            return False
        lines = Path("/proc/thread-self/status").read_text().splitlines()
    except OSError:
        return False  # a kernel without modules has no such switch
    effective = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> _CAP_SYS_MODULE & 1)
