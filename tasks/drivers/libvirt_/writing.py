"""The XML of a domain of ours: few devices, so that it boots fast.

Built as elements, never as text, so that no name or command line can become markup. Element
names and their order: libvirt's own schema (domain.rng); the meanings:
https://libvirt.org/formatdomain.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from designer.machine.marks import ASKED_NAMESPACE, METADATA_NAMESPACE, Mark
from designer.machine.resources import Asked, Domain, DomainNic
from designer.wire.codec import seed_to_json

PREFIX = "trunkline"
ASKED_PREFIX = "asked"
SEED_ALIAS = "ua-seed"
"""What libvirt calls an alias of the user's own begins with ua-."""
AGENT_PORT = "org.qemu.guest_agent.0"
"""The name by which libvirt and qemu-ga know the port; it is no other's choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The real paths behind the image names of a domain."""

    kernel: Path | None = None
    initrd: Path | None = None
    overlay: Path | None = None
    base: Path | None = None
    base_format: str = "qcow2"
    seed: Path | None = None
    console: Path | None = None


def domain_xml(
    domain: Domain,
    mark: Mark,
    files: Files,
    *,
    accelerator: str,
    arch: str = "x86_64",
    waiting: bool = False,
    asked: Asked | None = None,
) -> str:
    """``accelerator`` is libvirt's word: kvm, or qemu for emulation (TCG). ``waiting``: it will
    be started paused, until its taps are brought to their VLANs. ``asked`` is what a person asked
    of it, which stays."""
    root = etree.Element("domain", type=accelerator)
    _text(root, "name", domain.name)
    _text(root, "uuid", domain.uuid)
    metadata = etree.SubElement(root, "metadata")
    metadata.append(_mark(domain, mark, waiting=waiting))
    if asked is not None:
        metadata.append(
            etree.Element(
                f"{{{ASKED_NAMESPACE}}}asked", _asked(asked), nsmap={ASKED_PREFIX: ASKED_NAMESPACE}
            )
        )
    _text(root, "memory", str(domain.memory_max or domain.memory), unit="MiB")
    if domain.memory_max:
        _text(root, "currentMemory", str(domain.memory), unit="MiB")
    reserve = {"current": str(domain.vcpus)} if domain.vcpus_max else {}
    _text(root, "vcpu", str(domain.vcpus_max or domain.vcpus), **reserve)
    root.append(_os(domain, files, arch))
    features = etree.SubElement(root, "features")
    etree.SubElement(features, "acpi")
    if accelerator == "kvm":
        etree.SubElement(root, "cpu", mode="host-passthrough")
    etree.SubElement(root, "clock", offset="utc")
    _text(root, "on_poweroff", "destroy")
    _text(root, "on_reboot", "restart")
    _text(root, "on_crash", "destroy")
    root.append(_devices(domain, files))
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def nic_xml(nic: DomainNic) -> str:
    """A card alone, as virDomainUpdateDeviceFlags takes it."""
    return etree.tostring(_interface(nic), encoding="unicode")


def mark_xml(domain: Domain, mark: Mark, *, waiting: bool = False, redefined: bool = False) -> str:
    """The mark alone, as virDomainSetMetadata takes it: without its namespace, which libvirt puts
    on. ``redefined`` is said of what runs, where its next start is by another definition."""
    attributes = _marks(domain, mark) | ({"waiting": "yes"} if waiting else {})
    attributes |= {"redefined": "yes"} if redefined else {}
    return etree.tostring(etree.Element("mark", attributes), encoding="unicode")


def asked_xml(asked: Asked) -> str:
    """What a person asked, as virDomainSetMetadata takes it."""
    return etree.tostring(etree.Element("asked", _asked(asked)), encoding="unicode")


def snapshot_xml(name: str) -> str:
    """As virDomainSnapshotCreateXML takes it. What else there is to say, libvirt knows."""
    root = etree.Element("domainsnapshot")
    _text(root, "name", name)
    return etree.tostring(root, encoding="unicode")


def _asked(asked: Asked) -> dict[str, str]:
    return {"state": asked.state, "by": asked.by, "at": asked.at}


def _mark(domain: Domain, mark: Mark, *, waiting: bool) -> etree._Element:
    attributes = _marks(domain, mark)
    if waiting:
        attributes["waiting"] = "yes"
    return etree.Element(
        f"{{{METADATA_NAMESPACE}}}mark", attributes, nsmap={PREFIX: METADATA_NAMESPACE}
    )


def _marks(domain: Domain, mark: Mark) -> dict[str, str]:
    """The mark, with the names that the design has for the files (which may be links), what its
    cloud-init is told, and what libvirt does not tell as it was asked."""
    attributes = {"lab": mark.lab, "deployment": mark.deployment}
    for name in ("kernel", "initrd", "disk"):
        if getattr(domain, name):
            attributes[name] = getattr(domain, name)
    if domain.memory_max:
        attributes["memory"] = str(domain.memory)  # asked for; libvirt tells what the guest has
    if domain.vcpus_max:
        attributes["vcpus_max"] = str(domain.vcpus_max)
    if domain.seed is not None:
        attributes["seed"] = seed_to_json(domain.seed)
    return attributes


def _os(domain: Domain, files: Files, arch: str) -> etree._Element:
    os = etree.Element("os")
    machine = "q35" if any(nic.model == "e1000e" for nic in domain.nics) else "pc"
    _text(os, "type", "hvm", arch=arch, **({"machine": machine} if arch == "x86_64" else {}))
    if files.kernel is not None:
        _text(os, "kernel", str(files.kernel))
        if files.initrd is not None:
            _text(os, "initrd", str(files.initrd))
        if domain.cmdline:
            _text(os, "cmdline", domain.cmdline)
    else:
        etree.SubElement(os, "boot", dev="hd")
    return os


def _devices(domain: Domain, files: Files) -> etree._Element:
    devices = etree.Element("devices")
    if files.overlay is not None:
        devices.append(_disk(domain, files))
    if files.seed is not None:
        devices.append(_seed(domain, files.seed))
    screen = domain.graphics == "vnc"
    # Of the USB controllers this one alone costs nothing while nothing happens.
    etree.SubElement(devices, "controller", type="usb", model="qemu-xhci" if screen else "none")
    for nic in domain.nics:
        devices.append(_interface(nic))
    # With nobody at the pty QEMU drops what the guest writes there (chardev/char-pty.c), and
    # virtlogd keeps the end of it: 2 MiB, and three such files before (max_size, max_backups).
    for kind in ("serial", "console"):
        port = etree.SubElement(devices, kind, type="pty")
        if kind == "serial" and files.console is not None:
            etree.SubElement(port, "log", file=str(files.console), append="off")
        target = {"type": "serial"} if kind == "console" else {}
        etree.SubElement(port, "target", {**target, "port": "0"})
    devices.append(_agent_channel())
    if screen:
        _add_screen(devices)
    balloon = "virtio" if domain.memory_max else "none"
    etree.SubElement(devices, "memballoon", model=balloon)
    # Cloud images wait for entropy, and an emulated CPU has no RDRAND.
    rng = etree.SubElement(devices, "rng", model="virtio")
    _text(rng, "backend", "/dev/urandom", model="random")
    return devices


def _agent_channel() -> etree._Element:
    """The port at which a guest agent listens (QEMU docs/interop/qemu-ga.rst): checks from within
    the VM go through it. libvirt chooses the socket's place. A VM without an agent does not mind,
    and one that was made before has the port from its next start on: nothing compares it."""
    channel = etree.Element("channel", type="unix")
    etree.SubElement(channel, "target", type="virtio", name=AGENT_PORT)
    return channel


def _add_screen(devices: etree._Element) -> None:
    """VNC (RFC 6143) on a Unix socket that libvirt places and only QEMU's user may open; never on
    TCP. A plain VGA card, which every guest has a driver for, and a tablet, whose pointer is where
    the browser's is."""
    etree.SubElement(devices, "input", type="tablet", bus="usb")
    graphics = etree.SubElement(devices, "graphics", type="vnc")
    etree.SubElement(graphics, "listen", type="socket")
    video = etree.SubElement(devices, "video")
    etree.SubElement(video, "model", type="vga")


def _disk(domain: Domain, files: Files) -> etree._Element:
    disk = etree.Element("disk", type="file", device="disk")
    etree.SubElement(disk, "driver", name="qemu", type="qcow2", discard="unmap")
    etree.SubElement(disk, "source", file=str(files.overlay))
    if files.base is not None:  # stated, so that libvirt probes no header that a guest wrote
        backing = etree.SubElement(disk, "backingStore", type="file")
        etree.SubElement(backing, "format", type=files.base_format)
        etree.SubElement(backing, "source", file=str(files.base))
        etree.SubElement(backing, "backingStore")
    etree.SubElement(disk, "target", dev=f"{PREFIXES[domain.disk_bus]}a", bus=domain.disk_bus)
    return disk


def _seed(domain: Domain, path: Path) -> etree._Element:
    """Read only; known again by its alias. SATA has no disks that are, but CD-ROMs."""
    virtio = domain.disk_bus == "virtio"
    disk = etree.Element("disk", type="file", device="disk" if virtio else "cdrom")
    etree.SubElement(disk, "driver", name="qemu", type="raw")
    etree.SubElement(disk, "source", file=str(path))
    etree.SubElement(disk, "target", dev=f"{PREFIXES[domain.disk_bus]}b", bus=domain.disk_bus)
    etree.SubElement(disk, "readonly")
    etree.SubElement(disk, "alias", name=SEED_ALIAS)
    return disk


PREFIXES = {"virtio": "vd", "sata": "sd"}
"""How the names of disks begin, by their bus."""


def _interface(nic: DomainNic) -> etree._Element:
    interface = etree.Element("interface", type="network" if nic.network else "bridge")
    etree.SubElement(interface, "mac", address=nic.mac)
    place = {"network": nic.network} if nic.network else {"bridge": nic.bridge}
    etree.SubElement(interface, "source", place)
    etree.SubElement(interface, "model", type=nic.model)
    if not nic.plugged:
        etree.SubElement(interface, "link", state="down")
    if nic.mtu is not None:
        etree.SubElement(interface, "mtu", size=str(nic.mtu))
    etree.SubElement(interface, "rom", enabled="no")  # no network boot: seconds saved
    return interface


def _text(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    etree.SubElement(parent, name, attributes).text = text
