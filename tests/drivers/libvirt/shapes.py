"""Every shape of a VM that the inspector offers, by the choices that its fields have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from designer.machine.resources import Domain, DomainNic, Seed, SeedNic
from designer.topology.kinds import Vm
from designer.topology.records import Interface, Record
from tasks.drivers.libvirt_ import writing

LAB = "k3j2h1g0"
_MAC = "52:54:00:00:00:0"


def choices(record: type[Record], field: str) -> list[Any]:
    """What a field of choices or a tick box can be."""
    (spec,) = (spec for one, spec in record.described() if one.name == field)
    return list(spec.schema.get("enum", (False, True)))


def shapes(images: Path) -> Iterator[tuple[Domain, writing.Files, str]]:
    """(domain, its files, accelerator) of every combination. The cards' own choices do not depend
    on the rest: each VM has all of them, but for e1000e, which changes the machine."""
    cards = _cards()
    plain = [nic for nic in cards if nic.model != "e1000e"]
    for kernel, disk, seed, screen, memory_max, vcpus_max, nics, accelerator in product(
        ("", "vmlinuz"),
        ("", *choices(Vm, "disk_bus")),
        choices(Vm, "cloud_init"),
        choices(Vm, "graphics"),
        (0, 128, 256),
        (0, 2),
        ((), tuple(plain), tuple(cards)),
        ("qemu", "kvm"),
    ):
        if not kernel and not disk:
            continue  # a rule refuses it
        domain = Domain(
            name=f"{LAB}-vm1",
            uuid="6a7d2f0e-2f0b-4d43-9b5c-7d0a4f1d8c11",
            memory=128,
            memory_max=memory_max,
            vcpus=2,
            vcpus_max=vcpus_max,
            kernel=kernel,
            initrd=kernel and "initrd",
            cmdline=kernel and "console=ttyS0",
            disk=disk and "debian.raw",
            disk_bus=disk or "virtio",
            seed=Seed(hostname="a", nics=(SeedNic(mac=f"{_MAC}1"),)) if seed else None,
            graphics=screen,
            nics=nics,
            owner=LAB,
        )
        yield domain, files(domain, images), accelerator


def files(domain: Domain, images: Path) -> writing.Files:
    return writing.Files(
        kernel=images / domain.kernel if domain.kernel else None,
        initrd=images / domain.initrd if domain.initrd else None,
        overlay=Path("/state/disks/vm1.qcow2") if domain.disk else None,
        base=images / domain.disk if domain.disk else None,
        base_format="raw",
        seed=Path("/state/disks/vm1.iso") if domain.seed else None,
        console=Path("/state/consoles/vm1.log"),
    )


def _cards() -> list[DomainNic]:
    first = DomainNic(mac=f"{_MAC}0", bridge="br0")
    cards = [replace(first, model=model) for model in choices(Interface, "model")]
    cards += [
        replace(first, mtu=1400),
        replace(first, mtu=1400, plugged=False),
    ]
    return [replace(nic, mac=f"{_MAC}{number}") for number, nic in enumerate(cards)]
