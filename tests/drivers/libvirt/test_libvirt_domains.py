"""Domains made, changed and removed on a real libvirtd, seen with virsh, ip and the file system."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from designer.machine.marks import Mark
from designer.machine.resources import Domain, DomainNic
from designer.machine.state import MachineState
from designer.planner import differences, plan
from tasks import guest
from tasks.drivers.errors import OperationFailed
from tests.drivers.libvirt.bench import (
    LAB,
    MARK,
    Bench,
    change,
    create,
    delete,
    eventually,
    qemu_img,
    vm,
)

pytestmark = pytest.mark.libvirt


def observed(bench: Bench) -> MachineState:
    return MachineState.of(bench.driver.observe(LAB))


def test_made_seen_as_made_and_removed_without_a_trace(bench: Bench) -> None:
    domain = vm(disk=guest.DISK)
    bench.driver.perform(create(domain), MARK)

    assert bench.domains() == {domain.name}
    (seen,) = bench.driver.observe(LAB)
    assert differences(MachineState.of([domain]), MachineState.of([seen]), LAB) == ()
    assert (seen.running, seen.state, seen.owner) == (True, "running", LAB)
    assert {seen.nics[0].tap} == bench.taps()
    assert bench.files() == {
        f"disks/{domain.name}.qcow2",
        f"disks/{domain.name}.json",
        f"consoles/{domain.name}.log",
    }

    bench.driver.perform(delete(domain), MARK)
    assert bench.domains() == set()
    assert bench.taps() == set()
    assert bench.files() == set()
    assert bench.driver.observe(LAB) == []


def test_a_guest_boots_with_nobody_at_its_console(bench: Bench) -> None:
    domain = vm(cmdline=f"{guest.CMDLINE} eth0=10.9.0.2/24")
    bench.hypervisor.in_network(["ip", "address", "replace", "10.9.0.1/24", "dev", "br0"])
    bench.driver.perform(create(domain), MARK)
    ping = ["ping", "-c1", "-W1", "10.9.0.2"]
    eventually(lambda: bench.hypervisor.run(ping, capture_output=True).returncode == 0)
    assert bench.console(domain.name) != ""


def test_a_disk_boots_by_itself_and_its_image_stays_as_it_was(bench: Bench) -> None:
    image = bench.hypervisor.images_dir / guest.DISK
    before = image.read_bytes()
    domain = vm(kernel="", initrd="", cmdline="", disk=guest.DISK)
    bench.driver.perform(create(domain), MARK)
    eventually(lambda: "tiny" in bench.console(domain.name), within=120)
    assert image.read_bytes() == before


@pytest.mark.parametrize("running", [True, False])
def test_doing_it_again_changes_nothing(bench: Bench, running: bool) -> None:
    domain = vm(running=running)
    bench.driver.perform(create(domain), MARK)
    before = bench.virsh("dumpxml", domain.name)
    bench.driver.perform(create(domain), MARK)
    assert bench.virsh("dumpxml", domain.name) == before
    assert plan(MachineState.of([domain]), observed(bench), LAB).operations == ()
    bench.driver.perform(delete(domain), MARK)
    bench.driver.perform(delete(domain), MARK)
    assert bench.domains() == set()


def test_a_half_made_domain_is_finished(bench: Bench) -> None:
    """As after a crash between define and start, and between overlay and define."""
    domain = vm(disk=guest.DISK)
    bench.driver.perform(create(replace(domain, running=False)), MARK)
    bench.driver.perform(create(domain), MARK)
    assert bench.driver.observe(LAB)[0].running
    bench.driver.perform(delete(domain), MARK)

    bench.driver.disks.make(domain, bench.driver.images, MARK)
    bench.driver.perform(create(domain), MARK)
    assert plan(MachineState.of([domain]), observed(bench), LAB).operations == ()


def test_a_domain_that_does_not_start_leaves_nothing(bench: Bench) -> None:
    """Two cards and a disk, the second card on a bridge that is not there."""
    good = DomainNic(mac="52:54:00:00:01:01", bridge="br0")
    bad = DomainNic(mac="52:54:00:00:01:02", bridge="nobridge")
    domain = vm(disk=guest.DISK, nics=(good, bad))
    with pytest.raises(OperationFailed) as failure:
        bench.driver.perform(create(domain), MARK)
    assert "nobridge" in failure.value.words
    assert failure.value.advice.startswith("The bridge is not there")
    assert bench.domains() == set()
    assert bench.taps() == set()
    assert bench.files() == set()


def test_a_domain_that_libvirt_refuses_leaves_nothing(bench: Bench) -> None:
    domain = vm(disk=guest.DISK, nics=(DomainNic(mac="ff:ff:ff:ff:ff:ff", bridge="br0"),))
    with pytest.raises(OperationFailed):
        bench.driver.perform(create(domain), MARK)
    assert bench.domains() == set()
    assert bench.files() == set()


def test_what_is_not_ours_is_shown_and_left_alone(bench: Bench) -> None:
    other = Mark("otherlab", "d9")
    bench.driver.perform(create(vm("theirs", owner="otherlab")), other)
    assert bench.driver.observe(LAB) == []
    (shown,) = bench.driver.observe(LAB, [("domain", f"{LAB}-theirs")])
    assert shown.owner == "otherlab"

    foreign = Path(bench.hypervisor.state_dir) / "foreign.xml"
    foreign.write_text(
        f"<domain type='qemu'><name>{LAB}-foreign</name><memory unit='MiB'>64</memory>"
        "<os><type>hvm</type></os></domain>"
    )
    bench.virsh("define", str(foreign))
    (shown,) = bench.driver.observe(LAB, [("domain", f"{LAB}-foreign")])
    assert (shown.owner, shown.running, shown.memory) == (None, False, 64)

    for name in ("theirs", "foreign"):
        for operation in (create(vm(name)), delete(vm(name)), change(vm(name), vm(name), "memory")):
            with pytest.raises(OperationFailed) as failure:
                bench.driver.perform(operation, MARK)
            assert failure.value.errno == errno.EEXIST
    assert bench.domains() == {f"{LAB}-theirs", f"{LAB}-foreign"}
    assert bench.virsh("domstate", f"{LAB}-theirs").strip() == "running"


def test_stopped_and_started_without_being_made_anew(bench: Bench) -> None:
    on = vm(disk=guest.DISK)
    off = replace(on, running=False)
    bench.driver.perform(create(on), MARK)
    overlay = bench.driver.disks.overlay(on.name)
    born = overlay.stat().st_ino
    bench.driver.perform(change(on, off, "running"), MARK)
    (seen,) = bench.driver.observe(LAB)
    assert (seen.running, seen.state, seen.nics[0].tap) == (False, "shut off", None)
    assert seen.nics[0].bridge == "br0"
    bench.driver.perform(change(off, on, "running"), MARK)
    assert bench.driver.observe(LAB)[0].running
    assert overlay.stat().st_ino == born


def test_more_memory_wants_a_restart_and_gets_it(bench: Bench) -> None:
    small, big = vm(), vm(memory=160, vcpus=2)
    bench.driver.perform(create(small), MARK)
    first = bench.virsh("domid", small.name).strip()
    (operation,) = plan(MachineState.of([big]), observed(bench), LAB).operations
    assert operation.fields == ("memory", "vcpus")
    assert "needs a restart" in operation.reason
    bench.driver.perform(operation, MARK)
    assert plan(MachineState.of([big]), observed(bench), LAB).operations == ()
    assert bench.virsh("domid", small.name).strip() != first


def test_a_card_moves_to_another_bridge_while_the_vm_runs(bench: Bench) -> None:
    here = vm()
    there = replace(here, nics=(replace(here.nics[0], bridge="br1"),))
    bench.driver.perform(create(here), MARK)
    first = bench.virsh("domid", here.name).strip()
    (operation,) = plan(MachineState.of([there]), observed(bench), LAB).operations
    assert operation.fields == ("nics.bridge",)
    bench.driver.perform(operation, MARK)
    assert (bench.taps("br0"), len(bench.taps("br1"))) == (set(), 1)
    assert bench.virsh("domid", here.name).strip() == first
    assert plan(MachineState.of([there]), observed(bench), LAB).operations == ()


def test_a_tap_that_fell_off_its_bridge_is_seen(bench: Bench) -> None:
    """As when somebody deletes the bridge and the plan makes it anew."""
    domain = vm()
    bench.driver.perform(create(domain), MARK)
    (tap,) = bench.taps()
    bench.hypervisor.in_network(["ip", "link", "set", tap, "nomaster"])
    (operation,) = plan(MachineState.of([domain]), observed(bench), LAB).operations
    assert operation.fields == ("nics.bridge",)
    assert "no bridge" in operation.reason


def test_memory_model_and_mtu_read_back_as_written(bench: Bench) -> None:
    nics = tuple(
        DomainNic(mac=f"52:54:00:00:02:{number:02x}", bridge="br0", model=model, mtu=mtu)
        for number, (model, mtu) in enumerate(
            [("virtio", 1450), ("e1000", None), ("e1000e", None), ("rtl8139", None)]
        )
    )
    domain = vm(memory=100, nics=nics, cmdline=f"{guest.CMDLINE} a='<&\">' b=]]>")
    bench.driver.perform(create(domain), MARK)
    assert differences(MachineState.of([domain]), observed(bench), LAB) == ()
    assert len(bench.taps()) == 4


def test_states_are_told_as_libvirt_has_them(bench: Bench) -> None:
    domain = vm()
    bench.driver.perform(create(domain), MARK)
    bench.virsh("suspend", domain.name)
    assert bench.driver.observe(LAB)[0].state == "paused"
    bench.virsh("resume", domain.name)
    bench.virsh("destroy", domain.name)
    (seen,) = bench.driver.observe(LAB)
    assert (seen.running, seen.state) == (False, "shut off")


def test_many_at_once(bench: Bench) -> None:
    domains = [vm(f"m{number}", running=number < 3) for number in range(5)]
    bench.driver.perform_many([create(one) for one in domains], MARK)
    assert bench.domains() == {one.name for one in domains}
    assert plan(MachineState.of(domains), observed(bench), LAB).operations == ()
    bench.driver.perform_many([delete(one) for one in domains], MARK)
    assert bench.domains() == set()
    assert bench.files() == set()


def test_a_failure_among_many_names_its_operation_and_leaves_nothing_of_it(bench: Bench) -> None:
    good, bad = vm("good", running=False), vm("bad", kernel="nokernel")
    with pytest.raises(OperationFailed) as failure:
        bench.driver.perform_many([create(bad), create(good)], MARK)
    assert failure.value.operation.key == bad.key
    assert "nokernel" in failure.value.words
    assert bench.domains() == {good.name}
    assert not any("bad" in name for name in bench.files())


def test_files_of_a_domain_that_somebody_undefined_are_swept(bench: Bench) -> None:
    domain = vm(disk=guest.DISK, running=False)
    bench.driver.perform(create(domain), MARK)
    bench.virsh("undefine", domain.name)
    assert bench.driver.sweep("otherlab") == []
    assert bench.driver.sweep(LAB) == [domain.name]
    assert bench.files() == set()


@pytest.mark.parametrize(
    "name",
    ["../../etc/shadow", "/etc/shadow", "nbd://x/y", "json:{}", "outside", "%2e%2e", "folder"],
)
def test_an_image_from_elsewhere_is_refused(bench: Bench, name: str) -> None:
    folder = bench.hypervisor.images_dir
    for made in (folder / "outside", folder / "folder"):
        if made.is_symlink():
            made.unlink()
    (folder / "outside").symlink_to("/etc/shadow")
    (folder / "folder").mkdir(exist_ok=True)
    for field in ("kernel", "initrd", "disk"):
        with pytest.raises(OperationFailed) as failure:
            bench.driver.perform(create(vm(**{field: name})), MARK)
        assert name in failure.value.words
    assert bench.domains() == set()
    assert bench.files() == set()
    (folder / "outside").unlink()


def test_an_image_that_is_a_layer_over_another_file_is_refused(bench: Bench) -> None:
    folder = bench.hypervisor.images_dir
    layered, outside, text = folder / "layered", folder / "external", folder / "text.vmdk"
    qemu_img("create", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", str(layered), "1M")
    data = f"data_file={folder / 'data.raw'}"
    qemu_img("create", "-f", "qcow2", "-o", data, str(outside), "1M")
    qemu_img("create", "-f", "vmdk", str(text), "1M")
    for image, words in (
        (layered, "only a layer over a backing file"),
        (outside, "its data in another file"),
        (text, "VMDK"),
    ):
        with pytest.raises(OperationFailed) as failure:
            bench.driver.perform(create(vm(disk=image.name)), MARK)
        assert words in failure.value.words
    assert bench.domains() == set()
    assert bench.files() == set()


def test_a_link_inside_the_folder_is_followed_and_seen_under_its_name(bench: Bench) -> None:
    link = bench.hypervisor.images_dir / "newest"
    link.unlink(missing_ok=True)
    link.symlink_to(guest.KERNEL)
    domain = vm(kernel="newest", running=False)
    bench.driver.perform(create(domain), MARK)
    assert differences(MachineState.of([domain]), observed(bench), LAB) == ()
    link.unlink()


def test_observed_of_nothing_is_nothing(bench: Bench) -> None:
    assert bench.driver.observe(LAB, [("domain", "none"), ("link", "", "br0")]) == []


def test_a_domain_has_no_cards(bench: Bench) -> None:
    domain: Domain = vm(nics=(), running=False)
    bench.driver.perform(create(domain), MARK)
    assert differences(MachineState.of([domain]), observed(bench), LAB) == ()
