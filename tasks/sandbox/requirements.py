"""What this machine lacks for a sandbox, and what will not work because of it.

Each thing is tried, not guessed from version numbers. A finding that `stops` the sandbox is for
`Sandbox.start` to raise; with any other the rest still works.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tasks.sandbox.errors import SandboxError
from tasks.sandbox.user_mode.kernel import find_kernel


@dataclass(frozen=True)
class Missing:
    """One thing this machine lacks, in one sentence each: what, so what, what to do."""

    what: str
    consequence: str
    remedy: str
    stops: bool = False
    """True: no hypervisor can start without it."""
    libvirt: bool = False
    """True: hypervisors start without libvirt, for containers only."""

    def __str__(self) -> str:
        return f"{self.what}. {self.consequence}. {self.remedy}."


def missing() -> list[Missing]:
    """Look at this machine and tell what it lacks, the gravest first."""
    if os.geteuid() != 0:
        return [
            Missing(
                "Not running as root",
                "Sandbox hypervisors need network namespaces and mounts of their own",
                "Start again with sudo",
                stops=True,
            )
        ]
    found = _missing_programs()
    if not any(finding.stops for finding in found):
        found += _missing_kernel()
    return sorted(found, key=lambda finding: (not finding.stops, not finding.libvirt))


_NEEDED = {
    "ip": ("iproute2", "No link can be made"),
    "nsenter": ("util-linux", "The sandbox cannot step into a namespace"),
}
_FOR_VMS = {
    "libvirtd": ("libvirt-daemon", "No VM can run; bridges, containers and routers can"),
    "virtlogd": ("libvirt-daemon", "No VM can run; bridges, containers and routers can"),
    "virsh": ("libvirt-clients", "No VM can run; bridges, containers and routers can"),
}
_FOR_SOME = {
    "qemu-system-x86_64": ("qemu-system-x86", "libvirt runs, but no VM starts"),
    "qemu-img": ("qemu-utils", "VMs start from a kernel only, not from a disk image"),
    "dnsmasq": ("dnsmasq-base", "libvirt networks with DHCP do not start"),
    "modprobe": ("kmod", "What the kernel has as a module, such as VLANs, is not loaded"),
    "nft": ("nftables", "Routers do not masquerade"),
}


def _missing_programs() -> list[Missing]:
    found = []
    for programs, stops, libvirt in (
        (_NEEDED, True, False),
        (_FOR_VMS, False, True),
        (_FOR_SOME, False, False),
    ):
        for program, (package, consequence) in programs.items():
            if not _on_path(program):
                remedy = f"Install it with: apt-get install {package}"
                found.append(
                    Missing(f"{program} is not installed", consequence, remedy, stops, libvirt)
                )
    return found


def _on_path(program: str) -> bool:
    return bool(shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin"))


_KINDS = {
    "bridge": ("type bridge", "No bridge can be made: the sandbox has no wires", True),
    "veth": ("type veth peer name try1", "No link can be made: the sandbox has no wires", True),
    "vxlan": ("type vxlan id 1 dstport 4789", "Hosts cannot be joined over their segment", False),
}


def _missing_kernel() -> list[Missing]:
    namespaces = ["unshare", "--fork", "--pid", "--mount", "--net", "--uts", "--ipc"]
    if words := _failure([*namespaces, "true"]):
        return [
            Missing(
                f"This kernel or its container lets nobody make namespaces ({words})",
                "No sandbox hypervisor can start",
                "Use a machine, or a container started with --privileged",
                stops=True,
            )
        ]
    found = []
    for kind, (arguments, consequence, stops) in _KINDS.items():
        attempt = ["ip", "link", "add", "try0", *arguments.split()]
        if words := _failure(["unshare", "--net", *attempt]):
            found.append(
                Missing(
                    f"This kernel makes no {kind} links ({words})",
                    consequence,
                    "Use a kernel with that module",
                    stops,
                )
            )
    found += _missing_vlans()
    if not Path("/dev/net/tun").exists():
        found.append(
            Missing(
                "/dev/net/tun does not exist",
                "No VM can be wired",
                "Load the kernel module: modprobe tun",
            )
        )
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        found.append(
            Missing(
                "/dev/kvm cannot be used",
                "VMs run in emulation: they work, and start several times slower",
                "Turn virtualisation on in the firmware, or go on as it is",
            )
        )
    return found


def vlan_failure() -> str:
    """Why this kernel makes no VLAN sub-interface, or nothing when it does."""
    attempt = "ip link add link lo name try0 type vlan id 2"
    return _failure(["unshare", "--net", *attempt.split()])


def wants_user_mode() -> bool:
    """Whether VLANs need hypervisors with kernels of their own here, and can have them."""
    return os.geteuid() == 0 and bool(vlan_failure()) and _has_user_mode()


def _has_user_mode() -> bool:
    try:
        find_kernel()
    except SandboxError:
        return False
    return True


def _missing_vlans() -> list[Missing]:
    if not (words := vlan_failure()):
        return []
    what = f"This kernel makes no 802.1Q links ({words})"
    if _has_user_mode():
        return [
            Missing(
                what,
                "VLAN trunks run on hypervisors with kernels of their own (user-mode Linux), "
                "which are slower",
                "Use a kernel with that module, or go on as it is",
            )
        ]
    return [
        Missing(
            what,
            "A design with a VLAN trunk is refused",
            "Use a kernel with that module, or have hypervisors with kernels of their own: "
            "apt-get install user-mode-linux",
        )
    ]


def _failure(argv: list[str]) -> str:
    """The last words of a program that failed, or nothing when it did not."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20)
    if done.returncode == 0:
        return ""
    lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
    return lines[-1].removeprefix("Error: ").removeprefix("RTNETLINK answers: ").rstrip(".")
