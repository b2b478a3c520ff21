"""A VM: a virtual machine under libvirt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from designer.topology import fields
from designer.topology.records import Node

_BOOT, _DISK, _CLOUD_INIT = "Boot", "Disk", "Cloud-init"
GRAPHICS = ("none", "vnc")
DISK_BUSES = ("virtio", "sata")
HOST_NAME = re.compile(
    r"^(?=.{1,64}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"
)
"""RFC 1123, section 2.1; Linux keeps 64 bytes of it (HOST_NAME_MAX)."""
_HOST_NAMES = "a host name of letters, digits, - and ., at most 64 characters"
USER = re.compile(r"^(?!root$)[a-z_][a-z0-9_-]{0,31}$")
"""useradd(8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm(Node):
    """A domain. Boots a kernel directly, or from a disk image; image names are those of
    the team's library or of files in the hypervisor's image folder."""

    kind: ClassVar[str] = "vm"
    title: ClassVar[str] = "VM"
    help: ClassVar[str] = "A virtual machine under libvirt."
    takes_interfaces: ClassVar[str] = "guest"

    host: str = fields.reference("Host", "The host that runs it.", "host")
    memory: int = fields.integer("Memory", "", 32, 1048576, default=128, unit="MiB")
    memory_max: int | None = fields.integer(
        "Memory at most",
        "Up to this much can be given while it runs, if the guest has a balloon driver. Empty: a "
        "change of the memory restarts it.",
        32,
        1048576,
        unit="MiB",
        advanced=True,
    )
    vcpus: int = fields.integer("vCPUs", "", 1, 256, default=1)
    vcpus_max: int | None = fields.integer(
        "vCPUs at most",
        "Up to so many can be added while it runs. Empty: a change of the vCPUs restarts it.",
        1,
        256,
        advanced=True,
    )
    kernel: str = fields.file_name(
        "Kernel", "Image to boot directly. Empty: boot the disk.", section=_BOOT
    )
    initrd: str = fields.file_name("Initial RAM disk", "Beside the kernel.", section=_BOOT)
    cmdline: str = fields.text(
        "Kernel command line", "Beside the kernel.", longest=1000, section=_BOOT
    )
    disk: str = fields.file_name(
        "Disk image",
        "The VM writes to a copy of its own (copy on write), gone at destroy.",
        section=_DISK,
    )
    disk_size: int | None = fields.integer(
        "Disk size",
        "Of the VM's copy; it grows while the VM runs, and never shrinks. Empty: the image's.",
        1,
        16384,
        unit="GiB",
        section=_DISK,
    )
    disk_bus: str = fields.choice(
        "Disk bus",
        "sata for guests without virtio drivers.",
        DISK_BUSES,
        default="virtio",
        advanced=True,
    )
    cloud_init: bool = fields.boolean(
        "Cloud-init",
        "For an image with cloud-init in it: host name, user, keys and addresses, by a NoCloud "
        "seed. A card without addresses asks by DHCP.",
        section=_CLOUD_INIT,
    )
    hostname: str = fields.matching(
        "Host name", "Empty: the id of the VM.", HOST_NAME, _HOST_NAMES, section=_CLOUD_INIT
    )
    user: str = fields.matching(
        "User",
        "May become root without a password, and has none itself. Empty: the image's own.",
        USER,
        "a name of a-z 0-9 _ - that starts with a letter, not root",
        section=_CLOUD_INIT,
    )
    ssh_keys: tuple[str, ...] = fields.ssh_keys(
        "SSH public keys",
        "Who may come in as that user. One a line, as in id_ed25519.pub.",
        section=_CLOUD_INIT,
    )
    gateway: str = fields.ip(
        "Default gateway", "For static addresses; DHCP brings its own.", section=_CLOUD_INIT
    )
    dns: tuple[str, ...] = fields.ips(
        "DNS servers", "For static addresses; DHCP brings its own.", section=_CLOUD_INIT
    )
    graphics: str = fields.choice(
        "Screen",
        "vnc: a screen with keyboard and pointer, which the browser can show. none: the serial "
        "port alone, which boots fastest.",
        GRAPHICS,
        default="none",
        section="Display",
    )
    running: bool = fields.boolean("Running", "Off: defined and shut down.", default=True)
