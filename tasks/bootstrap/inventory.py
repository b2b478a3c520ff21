"""What stands on this machine that a test run could leave behind: taken before and after."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import gettempdir

from tasks.bootstrap.shell import CHECKOUT, output, sudo

_SETTLE = 10.0  # s: the kernel takes a network namespace down some time after its last process


@dataclass(frozen=True)
class Inventory:
    """Each field a set of lines that a person can read; what is new in one of them is a leak."""

    links: frozenset[str]
    namespaces: frozenset[str]
    mounts: frozenset[str]
    tables: frozenset[str]
    processes: frozenset[str]
    files: frozenset[str]

    @classmethod
    def take(cls) -> Inventory:
        """Look at the machine's own network namespace, mounts and processes."""
        return cls(
            links=frozenset(
                f"link {line.split()[0].partition('@')[0]}"
                for line in output(["ip", "-br", "link"]).splitlines()
            ),
            namespaces=frozenset(f"namespace {name}" for name in _names("/run/netns")),
            mounts=frozenset(
                f"mount {line.split()[4]}"
                for line in Path("/proc/self/mountinfo").read_text().splitlines()
            ),
            tables=frozenset(output([*sudo(), "nft", "list", "tables"]).splitlines()),
            processes=frozenset(_processes()),
            files=frozenset(
                f"file {name}" for name in _names(gettempdir()) if name.startswith("trunkline")
            ),
        )

    def what_is_new(self) -> list[str]:
        """What is there now and was not, after giving the kernel time to clean up."""
        deadline = time.monotonic() + _SETTLE
        while True:
            now = Inventory.take()
            new = sorted(
                line
                for each in fields(Inventory)
                for line in getattr(now, each.name) - getattr(self, each.name)
            )
            if not new or time.monotonic() > deadline:
                return new
            time.sleep(0.2)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


_DAEMONS = {
    "linux.uml",
    "qemu-system-x86_64",
    "libvirtd",
    "virtlogd",
    "redis-server",
    "dnsmasq",
    "postgres",
}


def _processes() -> list[str]:
    """Processes of this checkout and daemons that only a sandbox starts, by PID and command."""
    ours = _ancestors()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) in ours:
            continue
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue  # it ended while we looked
        arguments = words.rstrip("\0").split("\0")
        if str(CHECKOUT) in words or Path(arguments[0]).name.rstrip(":") in _DAEMONS:
            found.append(f"process {entry}: {' '.join(arguments)[:120]}")
    return found


def _ancestors() -> set[int]:
    """Ourselves and those who called us."""
    pid, found = os.getpid(), set()
    while pid:
        found.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found
