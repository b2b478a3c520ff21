"""VMs started, paused, put back, cloned and shut down by hand, through the whole product; their
state is what virsh says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.deploy.shell.ending import Exit
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

    # Started by virsh, and ended: nobody asked for that, and a deployment starts it again.
    hv1.command("virsh", "start", domain)
    eventually(lambda: "asked" not in hv1.command("virsh", "dumpxml", domain).stdout, what="virsh")
    hv1.command("virsh", "destroy", domain)
    eventually(lambda: status()["state"] == "degraded", what="the status")
    product.lab("deploy", str(lab), "--wait")
    assert state() == "running"

    vm("vm1", "revert", "--snapshot", "booted")
    assert state() == "running"
    eventually(lambda: hv1.ping("10.77.0.2", count=1), what="the guest of the snapshot")

    def boot() -> str | None:
        return hv1.in_guest(domain, "/bin/cat", "/proc/sys/kernel/random/boot_id")

    first = eventually(boot, within=60, what="the guest's agent")
    assert vm("vm1", "reboot")["message"] == "Started anew."
    eventually(lambda: (boot() or first) != first, within=90, what="another boot")
    assert hv1.ping("10.77.0.2", count=1)

    vm("vm1", "force-off")
    assert state() == "shut off"
    assert vm("all", "start")[0]["message"] == "Started."
    assert state() == "running"


def test_what_wants_a_restart_is_left_to_the_next_start(
    product: Product, lab: Path, hv1: Machine
) -> None:
    """Asked for by a plan and by a deployment, shown while it waits, and gone with the start."""
    (domain,) = hv1.domains()

    def vcpus(of: str) -> str:
        return hv1.command("virsh", "vcpucount", domain, "--active", of).stdout.strip()

    def status() -> Any:
        return product.lab("status", NAME)["statuses"]["nodes/vm1"]

    lab.write_text(LAB.replace("host: h1, kernel", "host: h1, vcpus: 2, kernel"))
    stopped = product.lab("deploy", str(lab), "--wait", expect=Exit.REFUSED)
    assert "--at-next-start" in stopped["message"]
    (part,) = product.lab("plan", str(lab), "--at-next-start")["parts"]
    assert (part["restarts"], part["waits"]) == ([], ["nodes/vm1"])
    done = product.lab("deploy", str(lab), "--wait", "--at-next-start")
    assert done["parts"][0]["waits"] == ["nodes/vm1"]
    assert (vcpus("--live"), vcpus("--config")) == ("1", "2")
    eventually(lambda: status()["facts"].get("next_start") == ["vCPUs 1 → 2"], what="the mark")
    assert status()["state"] == "ok"
    assert product.lab("deploy", str(lab), "--wait")["parts"][0]["writes"] == 0

    hv1.command("virsh", "destroy", domain)
    hv1.command("virsh", "start", domain)
    assert vcpus("--live") == "2"

    def is_as_drawn() -> bool:
        now = status()
        return now["state"] == "ok" and "next_start" not in now["facts"]

    eventually(is_as_drawn, what="the end of the mark")


CLONED = "A VM and its clone"
PLACE = "seek=20480 bs=512"
"""On the guests' disk, after the file system that is on it."""


def cloned(*vms: str) -> str:
    """A lab of VMs on a bridge, each with its own name and address."""
    nodes = "\n".join(
        f'  {vm}: {{{VM}, cmdline: "{guest.CMDLINE}", cloud_init: true, hostname: {vm}-says}}'
        for vm in vms
    )
    interfaces = "\n".join(
        f"  br0:{vm}: {{node: br0}}\n  {vm}:eth0: {{node: {vm}, addresses: [10.78.0.{n}/24]}}"
        for n, vm in enumerate(vms, 2)
    )
    links = "\n".join(f"  {vm}~br0: {{a: {vm}:eth0, b: br0:{vm}}}" for vm in vms)
    return f"""
trunkline: 1
name: {CLONED}
nodes:
  h1: {{kind: host}}
  br0: {{kind: bridge, host: h1, name: br0, addresses: [10.78.0.1/24]}}
{nodes}
interfaces:
{interfaces}
links:
{links}
"""


def test_a_clone_boots_from_the_originals_disk(
    product: Product, hv1: Machine, tmp_path: Path
) -> None:
    """With a name, a MAC address and a future of its own, and also after a deployment that made it
    was put back: the VM beside it cannot be made, as something lies where its disk should."""
    lab = tmp_path / "lab.yaml"

    def draw(*vms: str) -> str:
        lab.write_text(cloned(*vms))
        return str(lab)

    def sh(domain: str, words: str) -> str:
        said = eventually(
            lambda: hv1.in_guest(domain, "/bin/sh", "-c", words), within=90, what=words
        )
        return (said or "").strip()

    def write(words: str) -> None:
        sh(original, f"echo {words} | dd of=/dev/vda {PLACE} conv=fsync,sync && echo written")

    def read(domain: str) -> str:
        return sh(domain, f"dd if=/dev/vda count=1 {PLACE.replace('seek', 'skip')} | head -n 1")

    product.lab("deploy", draw("vm1"), "--wait")
    try:
        (original,) = hv1.domains()
        clone, spoiled = original.replace("vm1", "vm2"), original.replace("vm1", "vm3")
        boot = sh(original, "cat /proc/sys/kernel/random/boot_id")
        write("before it was cloned")
        product.lab("vm", CLONED, "vm1", "snapshot", "--snapshot", "s1")
        product.lab("draw", draw("vm1", "vm2", "vm3"))
        told = product.lab("vm", CLONED, "vm1", "clone", "--into", "vm2")
        assert told["message"] == "Its disk is copied. Deploy, and the new VM starts from there."
        write("after it was cloned")

        in_the_way = hv1.hypervisor.state_dir / "disks" / f"{spoiled}.qcow2"
        in_the_way.mkdir()
        failed = product.lab("deploy", draw("vm1", "vm2", "vm3"), "--wait", expect=1)
        in_the_way.rmdir()
        assert f"{spoiled}.qcow2" in failed["message"]
        assert hv1.domains() == [original]

        product.lab("deploy", draw("vm1", "vm2"), "--wait")
        assert read(clone) == "before it was cloned"
        assert read(original) == "after it was cloned"
        assert sh(clone, "hostname") == "vm2-says"
        assert sh(original, "hostname") == "vm1-says"
        macs = [sh(domain, "cat /sys/class/net/eth0/address") for domain in (original, clone)]
        assert len(set(macs)) == 2
        assert hv1.ping("10.78.0.2")
        assert hv1.ping("10.78.0.3")
        assert sh(original, "cat /proc/sys/kernel/random/boot_id") == boot
        assert hv1.command("virsh", "snapshot-list", "--name", original).stdout.split() == ["s1"]
        assert not hv1.command("virsh", "snapshot-list", "--name", clone).stdout.split()
        (disk,) = (hv1.hypervisor.state_dir / "disks").glob("*-vm2.qcow2")
        assert not hv1.command("qemu-img", "snapshot", "-l", "-U", str(disk)).stdout.strip()
    finally:
        product.lab("destroy", CLONED, "--wait")
