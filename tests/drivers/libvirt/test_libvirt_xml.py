"""The XML of domains: golden files, libvirt's own schema, and what cannot be smuggled in."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from designer.machine.marks import Mark
from designer.machine.resources import Domain, DomainNic
from designer.planner.comparing import differing
from tasks.drivers.libvirt_ import reading, writing
from tasks.drivers.libvirt_.images import Images
from tests.drivers.libvirt.shapes import shapes

GOLDEN = Path(__file__).with_name("golden")
MARK = Mark("k3j2h1g0", "d1")
NIC = DomainNic(mac="52:54:00:00:00:01", bridge="br0")
DIRECT = Domain(
    name="k3j2h1g0-vm1",
    uuid="6a7d2f0e-2f0b-4d43-9b5c-7d0a4f1d8c11",
    memory=128,
    vcpus=2,
    kernel="vmlinuz",
    initrd="initrd",
    cmdline="console=ttyS0 quiet",
    nics=(NIC, replace(NIC, mac="52:54:00:00:00:02", model="e1000", mtu=1450)),
    owner="k3j2h1g0",
)
DISK = replace(DIRECT, kernel="", initrd="", cmdline="", disk="debian.qcow2", nics=(NIC,))
KERNEL_FILES = writing.Files(
    kernel=Path("/images/vmlinuz"),
    initrd=Path("/images/initrd"),
    console=Path("/state/consoles/k3j2h1g0-vm1.log"),
)
DISK_FILES = writing.Files(
    overlay=Path("/state/disks/k3j2h1g0-vm1.qcow2"),
    base=Path("/images/debian.qcow2"),
    base_format="qcow2",
    console=Path("/state/consoles/k3j2h1g0-vm1.log"),
)
E1000E = replace(DISK, nics=(replace(NIC, model="e1000e"),))
SCREEN = replace(DISK, graphics="vnc")
CASES = {
    "direct-kernel-emulated": (DIRECT, KERNEL_FILES, "qemu"),
    "disk-under-kvm": (DISK, DISK_FILES, "kvm"),
    "no-cards": (replace(DISK, nics=()), DISK_FILES, "qemu"),
    "cable-unplugged": (
        replace(DISK, nics=(replace(NIC, plugged=False, mtu=1450),)),
        DISK_FILES,
        "qemu",
    ),
    "card-on-pci-express": (E1000E, DISK_FILES, "qemu"),
    "with-a-screen": (SCREEN, DISK_FILES, "qemu"),
}


def xml_of(name: str) -> str:
    domain, files, accelerator = CASES[name]
    return writing.domain_xml(domain, MARK, files, accelerator=accelerator)


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    path = GOLDEN / f"{name}.xml"
    if os.environ.get("TRUNKLINE_GOLDEN") == "write":
        path.write_text(xml_of(name))
    assert xml_of(name) == path.read_text()


@pytest.mark.parametrize("name", CASES)
def test_libvirts_own_schema_takes_it(name: str) -> None:
    """The schema that virt-xml-validate uses, without the xmllint that it wants."""
    schema = etree.RelaxNG(etree.parse("/usr/share/libvirt/schemas/domain.rng"))
    schema.assertValid(etree.fromstring(xml_of(name)))


def test_every_shape_fits_the_schema_and_is_read_as_it_was_written(tmp_path: Path) -> None:
    schema = etree.RelaxNG(etree.parse("/usr/share/libvirt/schemas/domain.rng"))
    for name in ("vmlinuz", "initrd", "debian.raw"):
        (tmp_path / name).touch()
    for domain, files, accelerator in shapes(tmp_path.resolve()):
        xml = writing.domain_xml(domain, MARK, files, accelerator=accelerator)
        schema.assertValid(etree.fromstring(xml))
        assert differing(domain, read(xml, tmp_path)) == ()


@pytest.mark.parametrize(
    "text",
    ["</cmdline><devices>", "]]>", "&xxe;", "<!-- -->", "'\"", "a\tb", "<![CDATA[", "ünï 😀"],
)
def test_text_never_becomes_markup(text: str) -> None:
    domain = replace(DIRECT, cmdline=text)
    root = etree.fromstring(writing.domain_xml(domain, MARK, KERNEL_FILES, accelerator="qemu"))
    assert root.findtext("os/cmdline") == text
    plain = etree.fromstring(xml_of("direct-kernel-emulated"))
    assert [one.tag for one in root.iter()] == [one.tag for one in plain.iter()]


def test_a_control_character_is_refused() -> None:
    with pytest.raises(ValueError, match="XML"):
        writing.domain_xml(
            replace(DIRECT, cmdline="a\x00b"), MARK, KERNEL_FILES, accelerator="qemu"
        )


def read(xml: str, folder: Path, **options: object) -> Domain:
    values: dict[str, object] = {
        "active": True,
        "state": 1,
        "images": Images(folder),
        "bridge_of": lambda tap: None,
    } | options
    return reading.domain_of(reading.parse(xml), **values)  # type: ignore[arg-type]


def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    for name in ("vmlinuz", "initrd"):
        (tmp_path / name).touch()
    files = replace(KERNEL_FILES, kernel=tmp_path / "vmlinuz", initrd=tmp_path / "initrd")
    xml = writing.domain_xml(DIRECT, MARK, files, accelerator="qemu")
    assert read(xml, tmp_path) == replace(DIRECT, state="running")
    for domain in (DISK, SCREEN):
        xml = writing.domain_xml(domain, MARK, DISK_FILES, accelerator="kvm")
        assert read(xml, tmp_path) == replace(domain, state="running")


def test_another_kernel_than_the_mark_says_is_seen(tmp_path: Path) -> None:
    (tmp_path / "vmlinuz").touch()
    files = replace(KERNEL_FILES, kernel=Path("/elsewhere/kernel"), initrd=None)
    xml = writing.domain_xml(DIRECT, MARK, files, accelerator="qemu")
    assert read(xml, tmp_path).kernel == "/elsewhere/kernel"


def test_the_tap_and_its_real_bridge_are_read(tmp_path: Path) -> None:
    xml = xml_of("disk-under-kvm").replace(
        '<model type="virtio"/>', '<model type="virtio"/><target dev="vnet3"/>'
    )
    bridges = {"vnet3": "br7"}
    seen = read(xml, tmp_path, bridge_of=bridges.get).nics[0]
    assert (seen.tap, seen.bridge) == ("vnet3", "br7")
    assert read(xml, tmp_path).nics[0].bridge == "br0"
    assert read(xml, tmp_path, active=False, bridge_of=bridges.get).nics[0].tap is None


@pytest.mark.parametrize(
    ("memory", "mib"),
    [
        ("<memory>65536</memory>", 64),
        ("<memory unit='MiB'>100</memory>", 100),
        ("<memory unit='G'>1</memory>", 1024),
        ("<memory unit='bytes'>1048576</memory>", 1),
        ("<memory unit='KiB'>131073</memory>", 128),
        ("", 0),
    ],
)
def test_units_of_memory(memory: str, mib: int, tmp_path: Path) -> None:
    xml = f"<domain><name>a</name><uuid>u</uuid>{memory}</domain>"
    assert read(xml, tmp_path).memory == mib


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "<metadata><x:mark xmlns:x='https://elsewhere.invalid/' lab='k3j2h1g0'/></metadata>",
        "<metadata><x:mark xmlns:x='https://trunkline.invalid/mark/1' lab='No Lab'/></metadata>",
        "<metadata><x:mark xmlns:x='https://trunkline.invalid/mark/1'/></metadata>",
    ],
)
def test_without_a_proper_mark_it_is_nobodys(metadata: str, tmp_path: Path) -> None:
    assert read(f"<domain><name>a</name>{metadata}</domain>", tmp_path).owner is None


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    xml = (
        f'<!DOCTYPE domain [<!ENTITY x SYSTEM "file://{secret}">]>'
        "<domain><name>a</name><os><cmdline>&x;</cmdline></os></domain>"
    )
    assert "secret" not in str(read(xml, tmp_path))
