"""What these tests share: VMs, operations, and eyes that are not the driver's own."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from designer.machine.marks import Mark
from designer.machine.resources import Domain, DomainNic
from designer.planner.operations import Operation
from tasks import guest
from tasks.drivers.libvirt_ import Libvirt
from tasks.sandbox import Hypervisor

LAB = "lab0test"
MARK = Mark(LAB, "d1")


@dataclass
class Bench:
    """A driver from outside to the libvirt of a hypervisor, and eyes that are not the driver's."""

    hypervisor: Hypervisor
    driver: Libvirt

    def virsh(self, *words: str) -> str:
        return self.hypervisor.do(["virsh", *words])

    def domains(self) -> set[str]:
        return set(self.virsh("list", "--all", "--name").split())

    def taps(self, bridge: str = "br0") -> set[str]:
        said = self.hypervisor.in_network(["ip", "-br", "link", "show", "master", bridge])
        return {line.split()[0] for line in said.splitlines()}

    def pings(self, address: str) -> bool:
        """Whether it answers the hypervisor."""
        ping = ["ping", "-c1", "-W1", address]
        return self.hypervisor.run(ping, capture_output=True).returncode == 0

    def files(self) -> set[str]:
        """Everything of domains in the state folder, but what the driver remembers of KVM."""
        root = self.driver.state_dir
        return {
            str(path.relative_to(root))
            for folder in ("disks", "consoles")
            for path in (root / folder).rglob("*")
            if path.is_file()
        }

    def console(self, name: str) -> str:
        log = self.driver.disks.console(name)
        return log.read_text(errors="replace") if log.exists() else ""


def vm(name: str = "vm1", **fields: object) -> Domain:
    """A VM that boots the tiny kernel, one card on br0."""
    values: dict[str, object] = {
        "name": f"{LAB}-{name}",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "memory": 128,
        "vcpus": 1,
        "kernel": guest.KERNEL,
        "initrd": guest.INITRD,
        "cmdline": guest.CMDLINE,
        "nics": (DomainNic(mac=f"52:54:00:00:00:{sum(name.encode()) % 256:02x}", bridge="br0"),),
        "owner": LAB,
    } | fields
    return Domain(**values)  # type: ignore[arg-type]


def create(domain: Domain) -> Operation:
    return Operation(action="create", key=domain.key, after=domain, reason="test")


def change(before: Domain, after: Domain, *fields: str) -> Operation:
    return Operation(
        action="change", key=after.key, before=before, after=after, fields=fields, reason="test"
    )


def delete(domain: Domain) -> Operation:
    return Operation(action="delete", key=domain.key, before=domain, reason="test")


def eventually(what: Callable[[], object], *, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not what():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.1)


def qemu_img(*words: str) -> None:
    subprocess.run(["qemu-img", *words], check=True, capture_output=True, env=os.environ)
