"""Debian and Ubuntu packages: what each is for, and how the missing ones get in.

Services that come with some of them (redis-server, postgresql, libvirtd) are never started: while
apt runs, a policy-rc.d says no to each start, and a service that systemd would start at the next
boot is disabled again. Ours run under our own supervisor, with their own files.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tasks.bootstrap.shell import Failed, output, run, say, sudo


@dataclass(frozen=True)
class Package:
    """A package by name, and the sentence that is shown before it is installed."""

    name: str
    purpose: str
    everywhere: bool = True
    """False: only some releases have it; elsewhere its content is part of another package."""


QEMU_USER = "libvirt-qemu"
POLICY = Path("/usr/sbin/policy-rc.d")

UP = (
    Package("iproute2", "makes links, bridges and namespaces"),
    Package("nftables", "lets routers masquerade"),
    Package("iptables", "libvirt networks forward with it"),
    Package("procps", "sysctl, for forwarding"),
    Package("kmod", "loads what the kernel has as a module, such as VLANs"),
    Package("dnsmasq-base", "answers DHCP in libvirt networks"),
    Package("libvirt-daemon", "runs VMs"),
    Package("libvirt-daemon-driver-qemu", "runs VMs by QEMU"),
    Package("libvirt-daemon-driver-network", "gives libvirt its networks", everywhere=False),
    Package("libvirt-daemon-driver-nwfilter", "keeps libvirt's filters", everywhere=False),
    Package("libvirt-daemon-driver-storage", "gives libvirt its disks", everywhere=False),
    Package("libvirt-daemon-log", "keeps the logs of VMs", everywhere=False),
    Package("libvirt-clients", "virsh, to look at VMs"),
    Package("qemu-system-x86", "the VMs themselves"),
    Package("qemu-utils", "disk images of VMs: looks at what is uploaded, makes the VMs' own"),
    Package("redis-server", "carries tasks and events"),
    Package("busybox-static", "all the tiny guest is made of, besides its kernel"),
    Package("qemu-guest-agent", "answers from inside the tiny guest, for checks"),
    Package("mtools", "writes the guest's disk image"),
    Package("syslinux", "boots the guest's disk image"),
    Package("zstd", "unpacks the guest's kernel where it is packed so"),
    Package("gcc", "builds libvirt's Python binding"),
    Package("pkg-config", "builds libvirt's Python binding"),
    Package("libvirt-dev", "builds libvirt's Python binding"),
)

TEST = (
    Package("chromium", "the browser tests drive it", everywhere=False),
    Package("postgresql", "the database tests run on it too"),
    Package("tcpdump", "shows what crosses a wire"),
    Package("iputils-ping", "asks whether a wire carries"),
    Package("curl", "asks guests over HTTP"),
    Package("cpio", "reads our archives back"),
    Package("systemd", "its networkd, which must leave a lab's links alone"),
    Package("dbus", "a bus for networkd and NetworkManager"),
)

OWN_KERNELS = Package(
    "user-mode-linux", "hypervisors with VLANs, which this kernel lacks", everywhere=False
)


def install_own_kernels() -> None:
    """Where the kernel has no VLANs: hypervisors with kernels of their own, if they can be had."""
    try:
        lacking = _lacks_vlans(sudo())
        if lacking:
            install([OWN_KERNELS])
    except Failed as failed:
        say(f"note: {failed}. Without {OWN_KERNELS.name} no design with a VLAN trunk can run here")
        return
    if lacking and shutil.which("apt-get") and not _installed([OWN_KERNELS.name]):
        say(
            f"note: this release has no package {OWN_KERNELS.name}, and this kernel no VLANs: "
            "no design with a VLAN trunk can run here"
        )


def make_qemu_user() -> None:
    """The user and group by which Debian's libvirtd knows QEMU, and without which none starts,
    whoever QEMU runs as (virQEMUDriverConfigNew in qemu_conf.c). Of Debian's packages only
    libvirt-daemon-system makes them, which comes with services and a network of its own."""
    if not shutil.which("libvirtd") or output(["getent", "passwd", QEMU_USER]):
        return
    try:
        root = sudo()
        if not output(["getent", "group", QEMU_USER]):
            run([*root, "groupadd", "--system", QEMU_USER], what="making a group for libvirtd")
        alone = ["--gid", QEMU_USER, "--home-dir", "/var/lib/libvirt", "--no-create-home"]
        user = ["useradd", "--system", *alone, "--shell", "/usr/sbin/nologin", QEMU_USER]
        run([*root, *user], what="making a user for libvirtd")
    except Failed as failed:
        say(f"note: {failed}. Without the user {QEMU_USER} no libvirtd starts here, and no VM")


def _lacks_vlans(root: list[str]) -> bool:
    """Whether the kernel refuses a VLAN sub-interface, tried in a namespace that ends at once."""
    attempt = "unshare --net ip link add link lo name try0 type vlan id 2"
    words = output([*root, "sh", "-c", f"{attempt} 2>&1 && echo made"])
    return "made" not in words


def _for_this_python() -> list[Package]:
    """Debian splits its Python; an interpreter of the user's own is whole."""
    packages = []
    if importlib.util.find_spec("ensurepip") is None:
        packages.append(Package("python3-venv", "makes the virtual environment"))
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        packages.append(Package("python3-dev", "builds libvirt's Python binding"))
    return packages


def install(packages: Iterable[Package]) -> None:
    """Install what is missing, naming each package first. Nothing missing: nothing happens."""
    wanted = [*packages, *_for_this_python()]
    if not shutil.which("apt-get"):
        say(
            "note: no apt-get here, so nothing is installed. Needed are: "
            + ", ".join(f"{package.name} ({package.purpose})" for package in wanted)
        )
        return
    installed = _installed(package.name for package in wanted)
    missing = [package for package in wanted if package.name not in installed]
    if all(not package.everywhere for package in missing):
        missing = _known(missing)
    if not missing:
        return
    try:
        root = sudo()
    except Failed as failed:
        names = " ".join(package.name for package in missing)
        say(f"note: packages are missing and {failed}. Without them much will not work: {names}")
        return
    run([*root, "apt-get", "update", "-qq"], what="reading the package lists")
    missing = _known(missing)
    say("Installing Debian packages:")
    for package in missing:
        say(f"  {package.name}: {package.purpose}")
    before = _enabled()
    with _no_service_starts(root):
        run(
            [
                *root, "env", "DEBIAN_FRONTEND=noninteractive",
                "apt-get", "install", "-y", "-qq", "-o", "Dpkg::Use-Pty=0",
                "--no-install-recommends",
                *(package.name for package in missing),
            ],
            what="installing packages",
        )  # fmt: skip
    new = sorted(_enabled() - before)
    if new:
        say(f"  Disabled again, so that they do not start at the next boot: {', '.join(new)}")
        run([*root, "systemctl", "disable", "--quiet", *new], what="disabling services")


def _installed(names: Iterable[str]) -> set[str]:
    listing = output(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names])
    return {line.split()[0] for line in listing.splitlines() if line.endswith(" installed")}


def _known(packages: list[Package]) -> list[Package]:
    """Without those that this release does not have and need not have."""
    optional = [package.name for package in packages if not package.everywhere]
    if not optional:
        return packages
    found = output(["apt-cache", "--no-all-versions", "show", *optional])
    names = {line.split()[1] for line in found.splitlines() if line.startswith("Package: ")}
    return [package for package in packages if package.everywhere or package.name in names]


@contextmanager
def _no_service_starts(root: list[str]) -> Iterator[None]:
    """Answer "no" to every service start that a package asks for while it is installed.

    Debian policy 9.3.3: invoke-rc.d and deb-systemd-invoke ask /usr/sbin/policy-rc.d, and 101
    forbids. One that is there already, as in containers, is the machine's own choice and stays.
    """
    policy = POLICY
    if policy.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w", suffix=".policy-rc.d") as text:
        text.write("#!/bin/sh\n# Put here by Trunkline's bootstrap, for a moment.\nexit 101\n")
        text.flush()
        run([*root, "install", "-m", "755", text.name, str(policy)], what="holding services back")
    try:
        yield
    finally:
        run([*root, "rm", "-f", str(policy)], what="letting services start again")


def _enabled() -> set[str]:
    """Services that systemd starts at boot; nothing where there is no systemd."""
    if not Path("/run/systemd/system").is_dir():
        return set()
    listing = output(["systemctl", "list-unit-files", "--state=enabled", "--no-legend", "--plain"])
    ours = ("redis", "postgresql", "libvirt", "virtlog", "virtlock", "virtqemu", "virtnetwork")
    names = {line.split()[0] for line in listing.splitlines() if line.strip()}
    return {name for name in names if name.startswith(ours)}


def check_node() -> None:
    """Node is not installed by us: distributions ship versions that are too old."""
    version = output(["node", "--version"]).strip().lstrip("v")
    if not version or int(version.partition(".")[0]) < 20:
        raise Failed(
            f"Node {version or 'is missing'}: the front end needs Node 20 or newer with npm. "
            "Install it from your distribution or from nodejs.org, then run the same command again"
        )
    if not shutil.which("npm"):
        raise Failed("npm is missing: install it beside Node, then run the same command again")


def check_machine() -> None:
    """Say early what no package can mend."""
    if platform.system() != "Linux":
        raise Failed(f"{platform.system()}: Trunkline needs Linux, its network is the kernel's")
    if platform.machine() != "x86_64":
        say(f"note: {platform.machine()}: the tiny guest is x86-64 only; VMs will be slow or fail")
