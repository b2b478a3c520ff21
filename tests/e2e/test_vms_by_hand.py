"""VMs started, paused, put back, cloned and shut down by hand, through the whole product; their
state is what virsh says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks import guest
from tests.e2e.product import Machine, Product, eventually

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("clean")]

NAME = "VMs by hand"
VM = f"kind: vm, host: h1, kernel: {guest.KERNEL}, initrd: {guest.INITRD}, disk: {guest.DISK}"
LAB = f"""
trunkline: 1
name: {NAME}
nodes:
  h1: {{kind: host}}
  br0: {{kind: bridge, host: h1, name: br0, addresses: [10.77.0.1/24]}}
  vm1: {{{VM}, cmdline: "{guest.CMDLINE} eth0=10.77.0.2/24"}}
interfaces:
  br0:p1: {{node: br0}}
  vm1:eth0: {{node: vm1}}
links:
  l1: {{a: vm1:eth0, b: br0:p1}}
"""
TWIN = LAB.replace("interfaces:", f'  vm2: {{{VM}, cmdline: "{guest.CMDLINE}"}}\ninterfaces:', 1)


@pytest.fixture
def lab(product: Product, tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "lab.yaml"
    file.write_text(LAB)
    product.lab("deploy", str(file), "--wait")
    yield file
    product.lab("destroy", NAME, "--wait")


def test_vms_by_hand(product: Product, lab: Path, hv1: Machine) -> None:
    """One boot for all of it."""
    (domain,) = hv1.domains()

    def vm(*words: str, expect: int = 0) -> Any:
        return product.lab("vm", NAME, *words, expect=expect)

    def state() -> str:
        return hv1.command("virsh", "domstate", domain).stdout.strip()

    def status() -> Any:
        return product.lab("status", NAME)["statuses"]["nodes/vm1"]

    eventually(lambda: hv1.ping("10.77.0.2", count=1), within=90, what="the boot")
    assert vm("vm1", "start")["message"] == "It runs already."

    assert vm("vm1", "pause")["state"] == "done"
    assert state() == "paused"
    eventually(lambda: status()["facts"].get("asked") == "paused", what="the status")
    assert status()["state"] == "ok"
    hv1.hypervisor.stop_libvirt()
    hv1.hypervisor.start_libvirt()
    product.lab("deploy", str(lab), "--wait")
    assert state() == "paused"
    vm("vm1", "resume")
    eventually(lambda: hv1.ping("10.77.0.2", count=1), what="the guest after its pause")

    vm("vm1", "snapshot", "--snapshot", "booted")
    eventually(lambda: status()["facts"].get("snapshots") == ["booted"], what="the snapshot")
    again = vm("vm1", "snapshot", "--snapshot", "booted", expect=1)
    assert "has a snapshot 'booted' already" in again["message"]

    assert vm("vm1", "shutdown")["message"] == "Shut down."
    assert state() == "shut off"
    eventually(lambda: status()["facts"].get("asked") == "off", what="the status")
    assert "Shut off, as" in status()["detail"]
    done = product.lab("deploy", str(lab), "--wait")
    assert "stays shut off, as" in done["parts"][0]["message"]
    assert state() == "shut off"

    lab.write_text(TWIN)
    product.lab("plan", str(lab))
    vm("vm1", "revert", "--snapshot", "booted")
    assert state() == "running"
    eventually(lambda: hv1.ping("10.77.0.2", count=1), what="the guest of the snapshot")
    vm("vm1", "force-off")
    assert state() == "shut off"
    assert vm("all", "start")[0]["message"] == "Started."
    assert state() == "running"
