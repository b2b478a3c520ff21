"""An empty machine to test drivers on, and the programs that look at it in our stead."""

from __future__ import annotations

import contextlib
import ctypes
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any

from designer.machine.marks import Mark
from designer.machine.resources import Key, Resource
from designer.machine.state import MachineState
from designer.planner import differences, plan
from designer.planner.operations import Operation
from tasks.drivers.kernel import Kernel
from tasks.drivers.kernel.watching import listener
from tasks.drivers.netlink.constants import CLONE_NEWNET, CLONE_NEWNS
from tasks.drivers.netlink.threads import checked, unshare

LAB = "testlab1"
OTHER = "otherlab"
MARK = Mark(LAB, "deployment-1")
_MS_REC, _MS_PRIVATE = 1 << 14, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def furnish() -> None:
    """Take this thread to a network of its own, with its own /run and /sys, loopback up."""
    unshare(CLONE_NEWNET | CLONE_NEWNS)
    for source, target, kind, flags in (
        ("none", "/", "none", _MS_REC | _MS_PRIVATE),
        ("tmpfs", "/run", "tmpfs", 0),
        ("sysfs", "/sys", "sysfs", 0),
    ):
        checked(
            _libc.mount(
                source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None
            ),
            f"mount {target}",
        )
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Ground:
    """Programs run where the test's thread is; ``kernel`` is the driver there."""

    @cached_property
    def kernel(self) -> Kernel:
        return Kernel(protected={"mgmt0"})

    def close(self) -> None:
        if "kernel" in self.__dict__:
            self.kernel.close()

    # Programs

    def run(self, *argv: str, netns: str = "", check: bool = True) -> str:
        """The output of a program. AssertionError with its words if it fails."""
        inside = ["ip", "netns", "exec", netns] if netns else []
        done = subprocess.run([*inside, *argv], capture_output=True, text=True, timeout=60)
        assert not check or done.returncode == 0, f"{' '.join(argv)}: {done.stderr}{done.stdout}"
        return done.stdout

    def sh(self, script: str) -> None:
        """Several `ip` commands, a line each."""
        for line in script.strip().splitlines():
            self.run("ip", *line.split())

    def ip(self, *words: str, netns: str = "") -> Any:
        return json.loads(self.run("ip", "-j", "-d", *words, netns=netns) or "[]")

    def link(self, name: str, netns: str = "") -> Any:
        """What `ip -d link` says of one link."""
        return self.ip("link", "show", "dev", name, netns=netns)[0]

    def links(self, netns: str = "") -> set[str]:
        return {one["ifname"] for one in self.ip("link", netns=netns)} - {"lo"}

    def port(self, name: str) -> Any:
        return json.loads(self.run("bridge", "-j", "-d", "link", "show", "dev", name))[0]

    def namespaces(self) -> set[str]:
        return {line.split()[0] for line in self.run("ip", "netns").splitlines()}

    def pings(self, target: str, netns: str = "", *, seconds: float = 5) -> bool:
        """Whether an answer comes within that time."""

        def once() -> bool:
            done = subprocess.run(
                [*(["ip", "netns", "exec", netns] if netns else []),
                 "ping", "-n", "-c", "1", "-W", "0.5", target],
                capture_output=True,
            )  # fmt: skip
            return done.returncode == 0

        with contextlib.suppress(AssertionError):
            until(once, seconds)
            return True
        return False

    # The driver

    def observe(self, keys: Collection[Key] = (), lab: str = LAB) -> MachineState:
        return self.kernel.observe(lab, keys)

    def perform(self, *operations: Operation, mark: Mark = MARK) -> None:
        self.kernel.perform(operations, mark)

    def deploy(self, *resources: Resource, lab: str = LAB) -> tuple[Operation, ...]:
        """Bring the lab to this state; it is then observed to be so. Returns what was done."""
        desired = MachineState.of(resources)
        made = plan(desired, self.kernel.observe(lab, desired.resources), lab)
        assert not made.refusals, made.refusals
        self.kernel.perform(made.operations, Mark(lab, "deployment-1"))
        seen = self.kernel.observe(lab, desired.resources)
        assert differences(desired, seen, lab) == ()
        return made.operations


@contextlib.contextmanager
def nothing_happens() -> Iterator[None]:
    """AssertionError if the kernel announces any change of links, addresses or routes meanwhile."""
    with contextlib.closing(listener()) as events:
        events.settimeout(1.2)  # carriers are told of once a second (net/core/link_watch.c)
        with contextlib.suppress(TimeoutError):
            while events.recv(65536):
                pass
        yield
        events.setblocking(False)
        seen = []
        with contextlib.suppress(BlockingIOError):
            while True:
                message = events.recv(65536)
                seen.append((int.from_bytes(message[4:6], sys.byteorder), message[16:200]))
        assert not seen, f"announced (message type, body): {seen}"


def create(resource: Resource, peer: Resource | None = None) -> Operation:
    return Operation(
        action="create", key=resource.key, after=resource, peer_after=peer, reason="test"
    )


def delete(resource: Resource, peer: Resource | None = None) -> Operation:
    return Operation(
        action="delete", key=resource.key, before=resource, peer_before=peer, reason="test"
    )


def change(before: Resource, after: Resource, *fields: str) -> Operation:
    return Operation(
        action="change", key=after.key, before=before, after=after, fields=fields, reason="test"
    )


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it. AssertionError when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.02)
