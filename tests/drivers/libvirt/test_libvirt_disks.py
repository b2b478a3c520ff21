"""What a VM has besides its image: a disk that grows, and a seed that its cloud-init reads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from subprocess import run

import pytest

from designer.machine.resources import Domain, DomainNic, Seed, SeedNic
from designer.machine.state import MachineState
from designer.planner import differences, plan
from designer.planner.operations import Operation
from tasks import guest
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_.images import info, size_of
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, delete, eventually, vm

pytestmark = pytest.mark.libvirt

MAC = "52:54:00:00:0d:01"
SEED = Seed(
    hostname="web",
    user="ann",
    keys=("ssh-ed25519 AAAA ann",),
    nics=(SeedNic(mac=MAC, addresses=("10.7.0.2/24", "fd00:7::2/64"), gateways=("10.7.0.1",)),),
)
SEEDED = vm("seeded", nics=(DomainNic(mac=MAC, bridge="br0"),), seed=SEED)


def bring(bench: Bench, wanted: Domain) -> Operation:
    """Carry out the one operation that the plan has, and see that it is all there is."""
    seen = MachineState.of(bench.driver.observe(LAB))
    (operation,) = plan(MachineState.of([wanted]), seen, LAB).operations
    bench.driver.perform(operation, MARK)
    seen = MachineState.of(bench.driver.observe(LAB))
    assert differences(MachineState.of([wanted]), seen, LAB) == ()
    return operation


@pytest.mark.parametrize("bus", ["virtio", "sata"])
def test_a_disk_grows_while_its_vm_runs_and_never_shrinks(bench: Bench, bus: str) -> None:
    small = vm("grows", disk=guest.DISK, disk_size=64, disk_bus=bus, nics=())
    bring(bench, small)
    overlay = bench.driver.disks.overlay(small.name)
    assert size_of(overlay) == 64
    first = bench.virsh("domid", small.name)

    operation = bring(bench, replace(small, disk_size=1024))
    assert operation.fields == ("disk_size",)
    assert "restart" not in operation.reason
    assert size_of(overlay) == 1024
    assert bench.virsh("domid", small.name) == first
    disk = "vda" if bus == "virtio" else "sda"
    assert bench.virsh("domblkinfo", small.name, disk).split()[1] == str(2**30)

    seen = MachineState.of(bench.driver.observe(LAB))
    assert plan(MachineState.of([small]), seen, LAB).operations == ()
    bring(bench, replace(small, disk_size=1024, running=False))
    bring(bench, replace(small, disk_size=2048, running=False))
    assert info(overlay, "qcow2")["virtual-size"] == 2**31


def test_a_disk_smaller_than_its_image_is_refused_with_the_figures(bench: Bench) -> None:
    domain = vm("tight", disk=guest.DISK, disk_size=1)
    with pytest.raises(OperationFailed) as failure:
        bench.driver.perform(create(domain), MARK)
    assert "has 49 MiB, and the disk is to have 1" in failure.value.words
    assert (bench.domains(), bench.files()) == (set(), set())


@pytest.mark.parametrize("image", ["", guest.DISK])
@pytest.mark.parametrize("bus", ["virtio", "sata"])
def test_a_seed_stands_beside_the_disk_and_goes_with_the_vm(
    bench: Bench, bus: str, image: str
) -> None:
    domain = replace(SEEDED, disk=image, disk_bus=bus if image else "virtio")
    bring(bench, domain)
    assert f"disks/{domain.name}.iso" in bench.files()
    bench.driver.perform(delete(domain), MARK)
    assert bench.files() == set()


def test_a_guest_does_as_its_seed_says(bench: Bench) -> None:
    hypervisor = bench.hypervisor
    hypervisor.in_network(["ip", "address", "replace", "10.7.0.1/24", "dev", "br0"])
    hypervisor.in_network(["ip", "address", "replace", "fd00:7::1/64", "dev", "br0", "nodad"])
    bring(bench, SEEDED)
    for address in ("10.7.0.2", "fd00:7::2"):
        eventually(partial(bench.pings, address), within=120)
    assert "tiny: did as the seed says, trunkline-" in bench.console(SEEDED.name)

    first = bench.virsh("domid", SEEDED.name)
    operation = bring(bench, replace(SEEDED, seed=replace(SEED, hostname="db")))
    assert operation.fields == ("seed",)
    assert "reads it at the next start" in operation.reason
    assert bench.virsh("domid", SEEDED.name) == first
    bring(bench, replace(SEEDED, seed=None))
    assert f"disks/{SEEDED.name}.iso" not in bench.files()


def test_the_folders_disks_are_told_with_their_sizes_by_their_own_headers(bench: Bench) -> None:
    folder = bench.driver.images.folder
    files = {
        "told.qcow2": ("-f", "qcow2", "{}", "3G"),
        "layer.qcow2": ("-f", "qcow2", "-F", "qcow2", "-b", "told.qcow2", "{}"),
    }
    try:
        for name, words in files.items():
            path = str(folder / name)
            run(["qemu-img", "create", "-q", *(one.format(path) for one in words)], check=True)
        (folder / "notes.txt").write_text("no sectors")
        sizes = bench.driver.disk_sizes()
        assert sizes["told.qcow2"] == 3 * 2**30
        assert sizes[guest.DISK] > 0
        assert not {"layer.qcow2", "notes.txt"} & sizes.keys()
        assert {"layer.qcow2", "notes.txt"} < set(bench.driver.image_names())
    finally:
        for name in (*files, "notes.txt"):
            (folder / name).unlink(missing_ok=True)
