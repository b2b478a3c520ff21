"""A VM: a virtual machine under libvirt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node

GRAPHICS = ("none", "vnc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm(Node):
    """A domain. Boots a kernel directly, or from a disk image; image names are files in the
    hypervisor's image folder."""

    kind: ClassVar[str] = "vm"
    title: ClassVar[str] = "VM"
    help: ClassVar[str] = "A virtual machine under libvirt."
    takes_interfaces: ClassVar[str] = "guest"

    host: str = fields.reference("Host", "The host that runs it.", "host")
    memory: int = fields.integer("Memory", "", 32, 1048576, default=128, unit="MiB")
    vcpus: int = fields.integer("vCPUs", "", 1, 256, default=1)
    kernel: str = fields.file_name("Kernel", "Image file to boot directly. Empty: boot the disk.")
    initrd: str = fields.file_name("Initial RAM disk", "Beside the kernel.")
    cmdline: str = fields.text("Kernel command line", "Beside the kernel.", longest=1000)
    disk: str = fields.file_name(
        "Disk image", "The VM writes to a copy of its own (copy on write), gone at destroy."
    )
    graphics: str = fields.choice(
        "Display",
        "vnc: a screen with keyboard and pointer, which the browser can show. none: the serial "
        "port alone, which boots fastest.",
        GRAPHICS,
        default="none",
    )
    running: bool = fields.boolean("Running", "Off: defined and shut down.", default=True)
