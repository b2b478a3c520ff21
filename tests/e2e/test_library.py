"""An image of the library, from the shell to a VM that boots from its copy, and to nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks import guest
from tasks.sandbox import paths
from tasks.sandbox.errors import SandboxError
from tests.e2e.product import Machine, Product, eventually

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("clean")]

NAME = "from-the-library"
LAB = f"""
trunkline: 1
name: {NAME}
nodes:
  h1: {{kind: host}}
  br0: {{kind: bridge, host: h1}}
  v1: {{kind: vm, host: h1, memory: 128, disk: debian.qcow2}}
interfaces:
  br0:p1: {{node: br0}}
  v1:eth0: {{node: v1}}
links:
  l1: {{a: v1:eth0, b: br0:p1}}
"""
ANOTHER = LAB.replace("memory: 128", "memory: 160")


@pytest.fixture
def disk() -> Path:
    return paths.guest_dir() / guest.DISK


@pytest.fixture
def image(product: Product, disk: Path) -> Iterator[dict[str, Any]]:
    web = product.up.web
    yield json.loads(web.manage("image", "add", str(disk), "--name", "debian.qcow2", "--json"))
    product.lab("destroy", NAME, "--wait", expect=None)
    for name in [one["name"] for one in json.loads(web.manage("image", "list", "--json"))]:
        web.manage("image", "rm", name)


def copies(machine: Machine) -> list[str]:
    folder = machine.hypervisor.images_dir / ".library"
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def test_a_vm_boots_from_the_library_and_the_copy_goes_with_the_last_who_wants_it(
    product: Product, hv1: Machine, image: dict[str, Any], disk: Path, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(disk.read_bytes()).hexdigest()
    assert (image["sha256"], image["format"]) == (sha256, "qcow2")
    file = tmp_path / "lab.yaml"
    file.write_text(LAB)
    planned = product.lab("plan", str(file))
    operations = planned["parts"][0]["operations"]
    assert operations[0]["key"] == ["image", sha256]
    assert "debian.qcow2 yet: 12 MiB are copied" in operations[0]["reason"]
    assert copies(hv1) == []

    product.lab("deploy", str(file), "--wait")
    assert copies(hv1) == [sha256]
    copy = hv1.hypervisor.images_dir / ".library" / sha256
    assert copy.read_bytes() == disk.read_bytes()
    [domain] = hv1.domains()
    console = hv1.hypervisor.state_dir / "consoles" / f"{domain}.log"
    eventually(
        lambda: "tiny: up" in console.read_text(errors="replace"), within=60, what="the boot"
    )

    before = copy.stat().st_ino
    file.write_text(ANOTHER)
    again = product.lab("deploy", str(file), "--wait", "--with-restarts")
    assert [part["operations_count"] for part in again["parts"]] == [1]
    assert copy.stat().st_ino == before

    with pytest.raises(SandboxError, match=f"A lab uses debian.qcow2: {NAME}"):
        product.up.web.manage("image", "rm", "debian.qcow2")
    product.lab("destroy", NAME, "--wait")
    assert copies(hv1) == [sha256]  # kept for the next time
    empty = LAB.replace(", disk: debian.qcow2", f", kernel: {guest.KERNEL}")
    file.write_text(empty)
    product.lab("deploy", str(file), "--wait")
    product.up.web.manage("image", "rm", "debian.qcow2")
    product.lab("destroy", NAME, "--wait")
    eventually(lambda: copies(hv1) == [], within=45, what="the copy's end")
