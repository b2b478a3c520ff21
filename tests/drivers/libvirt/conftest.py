"""One sandbox hypervisor with libvirt, two bridges in it, and the guest that boots."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks import guest
from tasks.drivers.libvirt_ import Libvirt
from tasks.sandbox import Hypervisor, Sandbox, paths
from tests.drivers.libvirt.bench import Bench


@pytest.fixture(scope="session")
def images() -> Path:
    guest.build(paths.guest_dir())
    return paths.guest_dir()


@pytest.fixture(scope="module")
def hypervisor(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Hypervisor]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), ["hv1"], images=images) as sandbox:
        hypervisor = sandbox["hv1"]
        hypervisor.in_network(["ip", "link", "add", "br0", "up", "type", "bridge"])
        hypervisor.in_network(["ip", "link", "add", "br1", "up", "type", "bridge"])
        yield hypervisor


@pytest.fixture
def bench(hypervisor: Hypervisor, tmp_path: Path) -> Iterator[Bench]:
    """A driver with a state folder of its own; nothing may be left when the test is over."""
    driver = Libvirt(
        hypervisor.libvirt_uri_outside,
        hypervisor.images_dir,
        tmp_path / "state",
        sysfs=hypervisor.root_path / "sys",
    )
    bench = Bench(hypervisor, driver)
    yield bench
    for name in bench.domains():
        with contextlib.suppress(Exception):
            bench.virsh("destroy", name)
        bench.virsh("undefine", name, "--nvram", "--snapshots-metadata")
    driver.close()
