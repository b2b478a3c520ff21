"""What people do to VMs by hand, on a real libvirtd with a real guest."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.machine.resources import Asked, Domain
from designer.machine.state import MachineState
from designer.planner import plan
from tasks import guest
from tasks.drivers.errors import CannotAct
from tasks.drivers.libvirt_ import images
from tasks.drivers.libvirt_.copying import Copying
from tasks.drivers.libvirt_.disks import Disks
from tests.drivers.libvirt.bench import LAB, MARK, Bench, change, create, delete, eventually, vm

pytestmark = pytest.mark.libvirt

AT = "2026-11-27T12:03:00Z"


def asked(state: Any) -> Asked:
    return Asked(state=state, by="alice", at=AT)


def seen(bench: Bench, name: str) -> Domain:
    (found,) = (one for one in bench.driver.observe(LAB) if one.name == name)
    return found


def booted(bench: Bench, domain: Domain, times: int = 1) -> None:
    """It says so on its console each time."""
    eventually(lambda: bench.console(domain.name).count("tiny") >= times, within=120)


def test_off_and_on_by_hand_and_no_deployment_takes_it_back(bench: Bench) -> None:
    domain = vm(disk=guest.DISK)
    vms, desired = bench.driver.lifecycle, MachineState.of([domain])
    bench.driver.perform(create(domain), MARK)
    assert vms.start(domain, MARK, asked("running")) == "It runs already."
    assert vms.force_off(LAB, domain.name, asked("off")) == "Forced off."
    off = seen(bench, domain.name)
    assert (off.running, off.reason, off.asked) == (False, "destroyed", asked("off"))
    made = plan(desired, MachineState.of([off]), LAB)
    assert made.operations == ()
    words = "stays shut off, as alice asked on 2026-11-27 at 12:03 UTC."
    assert made.notes == (f"{domain.name} {words}",)

    bigger = replace(domain, memory=160)
    (operation,) = plan(MachineState.of([bigger]), MachineState.of([off]), LAB).operations
    bench.driver.perform(operation, MARK)
    still = seen(bench, domain.name)
    assert (still.running, still.memory, still.asked) == (False, 160, asked("off"))

    assert vms.force_off(LAB, domain.name, asked("off")) == "It was shut off already."
    assert vms.start(bigger, MARK, asked("running")) == "Started."
    on = seen(bench, domain.name)
    assert (on.running, on.asked) == (True, None)


def test_what_was_asked_ends_when_somebody_else_has_the_last_word(bench: Bench) -> None:
    """Shut off by hand, started by virsh, ended by itself: it is not off because alice asked."""
    domain = vm()
    vms = bench.driver.lifecycle
    bench.driver.perform(create(domain), MARK)
    vms.force_off(LAB, domain.name, asked("off"))
    vms.forget_overruled(())
    assert seen(bench, domain.name).asked == asked("off")
    bench.virsh("start", domain.name)
    vms.forget_overruled({domain.name})  # something is being done to it
    bench.virsh("destroy", domain.name)
    assert seen(bench, domain.name).asked == asked("off")
    bench.virsh("start", domain.name)
    vms.forget_overruled(())
    bench.virsh("destroy", domain.name)
    ended = seen(bench, domain.name)
    assert (ended.running, ended.asked) == (False, None)
    assert plan(MachineState.of([domain]), MachineState.of([ended]), LAB).operations

    bench.virsh("start", domain.name)
    vms.pause(LAB, domain.name, asked("paused"))
    bench.virsh("resume", domain.name)
    vms.forget_overruled(())
    bench.virsh("suspend", domain.name)
    assert seen(bench, domain.name).asked is None


def test_a_vm_that_stands_still_for_a_moment_is_still_as_asked(bench: Bench) -> None:
    drawn_off = vm(running=False)
    bench.driver.perform(create(drawn_off), MARK)
    bench.driver.lifecycle.start(drawn_off, MARK, asked("running"))
    bench.virsh("suspend", drawn_off.name)
    bench.driver.lifecycle.forget_overruled(())
    bench.virsh("resume", drawn_off.name)
    assert seen(bench, drawn_off.name).asked == asked("running")


def test_the_drawing_has_the_last_word_when_it_changes(bench: Bench) -> None:
    drawn_off = vm(running=False)
    vms = bench.driver.lifecycle
    bench.driver.perform(create(drawn_off), MARK)
    vms.start(drawn_off, MARK, asked("running"))
    on = seen(bench, drawn_off.name)
    assert (on.running, on.asked) == (True, asked("running"))
    assert plan(MachineState.of([drawn_off]), MachineState.of([on]), LAB).operations == ()
    bench.driver.perform(change(on, drawn_off, "running"), MARK)
    off = seen(bench, drawn_off.name)
    assert (off.running, off.asked) == (False, None)


def test_paused_stays_so_over_a_restart_of_libvirtd(bench: Bench) -> None:
    domain = vm()
    vms = bench.driver.lifecycle
    bench.driver.perform(create(domain), MARK)
    assert vms.pause(LAB, domain.name, asked("paused")) == "Paused."
    assert vms.pause(LAB, domain.name, asked("paused")) == "It was paused already."
    bench.hypervisor.stop_libvirt()
    bench.hypervisor.start_libvirt()
    held = seen(bench, domain.name)
    assert (held.state, held.reason, held.asked) == ("paused", "user", asked("paused"))
    assert plan(MachineState.of([domain]), MachineState.of([held]), LAB).operations == ()
    for refused in (
        lambda: vms.start(domain, MARK, asked("running")),
        lambda: vms.press_power(LAB, domain.name, asked("off")),
        lambda: vms.begin_reboot(LAB, domain.name),
    ):
        with pytest.raises(CannotAct, match="paused"):
            refused()
    assert vms.resume(domain, MARK, asked("running")) == "Resumed."
    assert vms.resume(domain, MARK, asked("running")) == "It runs already."
    assert seen(bench, domain.name).asked is None


def test_only_what_carries_the_labs_mark(bench: Bench) -> None:
    domain = vm()
    vms = bench.driver.lifecycle
    bench.driver.perform(create(domain), MARK)
    for act in (vms.force_off, vms.pause, vms.press_power):
        with pytest.raises(CannotAct, match="mark"):
            act("otherlab", domain.name, asked("off"))
    with pytest.raises(CannotAct, match="no such VM"):
        vms.force_off(LAB, f"{LAB}-none", asked("off"))
    assert bench.virsh("domstate", domain.name).strip() == "running"


def test_a_guest_starts_anew_is_put_back_and_shuts_itself_down(bench: Bench) -> None:
    """One boot for all of it: snapshots with memory, reboot, power button, copy."""
    domain = vm(disk=guest.DISK)
    vms = bench.driver.lifecycle
    bench.driver.perform(create(domain), MARK)
    booted(bench, domain)

    assert vms.snapshot(LAB, domain.name, "as it booted") == (
        "Snapshot 'as it booted' made, with its memory."
    )
    (snapshot,) = seen(bench, domain.name).snapshots
    assert (snapshot.name, snapshot.state, snapshot.current) == ("as it booted", "running", True)
    assert "as it booted" in bench.virsh("snapshot-list", domain.name)
    with pytest.raises(CannotAct, match="already"):
        vms.snapshot(LAB, domain.name, "as it booted")

    reboot = vms.begin_reboot(LAB, domain.name)
    eventually(reboot.happened, within=30)
    reboot.close()
    booted(bench, domain, times=2)
    pressed = [0.0]

    def off_at_last() -> bool:
        """A guest that boots hears no button yet: it is pressed again, as the agent does it."""
        if time.monotonic() > pressed[0] + 2:
            pressed[0] = time.monotonic()
            vms.press_power(LAB, domain.name, asked("off"))
        return vms.is_off(LAB, domain.name)

    eventually(off_at_last, within=60)
    off = seen(bench, domain.name)
    assert (off.reason, off.asked) == ("shutdown", asked("off"))
    assert not vms.press_power(LAB, domain.name, asked("off"))

    said = vms.revert(domain, MARK, "as it booted", "alice", AT)
    assert said == "Put back to 'as it booted': running, as it was then."
    back = seen(bench, domain.name)
    assert (back.running, back.state, back.asked) == (True, "running", None)
    assert len(bench.taps()) == 1
    assert plan(MachineState.of([domain]), MachineState.of([back]), LAB).operations == ()

    (gone,) = plan(MachineState(), MachineState.of([back]), LAB).operations
    assert "Its snapshot as it booted is lost with its disk." in gone.reason
    assert vms.delete_snapshot(LAB, domain.name, "as it booted") == (
        "Snapshot 'as it booted' deleted."
    )
    assert "any more" in vms.delete_snapshot(LAB, domain.name, "as it booted")
    with pytest.raises(CannotAct, match="no snapshot"):
        vms.revert(domain, MARK, "as it booted", "alice", AT)


def test_a_vm_without_a_disk_has_no_place_for_a_snapshot(bench: Bench) -> None:
    domain = vm()
    bench.driver.perform(create(domain), MARK)
    with pytest.raises(CannotAct, match="no disk that could hold a snapshot"):
        bench.driver.lifecycle.snapshot(LAB, domain.name, "s1")
    with pytest.raises(CannotAct, match="no disk that could be copied"):
        bench.driver.copying.copy(domain.name, f"{LAB}-vm2", MARK, lambda _words: True)


def test_snapshots_go_with_the_vm(bench: Bench) -> None:
    domain = vm(disk=guest.DISK, running=False)
    bench.driver.perform(create(domain), MARK)
    vms = bench.driver.lifecycle
    assert vms.snapshot(LAB, domain.name, "s1") == "Snapshot 's1' made."
    assert seen(bench, domain.name).snapshots[0].state == "shutoff"
    bench.driver.perform(delete(domain), MARK)
    assert bench.domains() == set()
    assert bench.files() == set()


def test_a_clone_starts_from_the_disk_as_it_is(bench: Bench) -> None:
    """The copy is a layer over the same image, waits until its VM is made, and is that VM's."""
    domain = vm(disk=guest.DISK)
    bench.driver.perform(create(domain), MARK)
    twin = vm("vm2", disk=guest.DISK, running=False)
    overlay = bench.driver.disks.overlay(domain.name)
    bench.driver.lifecycle.force_off(LAB, domain.name, asked("off"))
    qemu_io("write -P 0x5a 1M 64k", overlay)
    bench.driver.lifecycle.start(domain, MARK, asked("running"))

    told: list[str] = []

    def tell(words: str) -> bool:
        told.append(words)
        return True

    said = bench.driver.copying.copy(domain.name, twin.name, MARK, tell)
    assert "copied" in said
    assert bench.virsh("domstate", domain.name).strip() == "running"
    assert told[-1] == "Copying its disk: 100 %."
    assert bench.driver.sweep(LAB) == []

    bench.driver.perform(create(twin), replace(MARK, deployment="d2"))
    copy = bench.driver.disks.overlay(twin.name)
    qemu_io("read -P 0x5a 1M 64k", copy)
    assert backing(copy) == backing(overlay)
    with pytest.raises(CannotAct, match="there already"):
        bench.driver.copying.copy(domain.name, twin.name, MARK, lambda _words: True)
    bench.driver.perform(delete(twin), replace(MARK, deployment="d3"))
    assert not any("vm2" in name for name in bench.files())


@pytest.mark.parametrize("puts_back", ["d1", "d2"])
def test_a_copy_waits_until_the_deployment_that_used_it_stands(
    bench: Bench, puts_back: str
) -> None:
    """A deployment that is put back takes the VM away and leaves its disk, so that the next one
    does not start from the image in silence. Whether the agent does it, by the mark of what stood
    before, or the deployment itself, because of another hypervisor."""
    domain, twin = vm(disk=guest.DISK, running=False), vm("vm2", disk=guest.DISK, running=False)
    driver = bench.driver
    driver.perform(create(domain), MARK)
    qemu_io("write -P 0x5a 1M 64k", driver.disks.overlay(domain.name))
    driver.copying.copy(domain.name, twin.name, MARK, lambda _words: True)
    copied = bench.files()

    driver.perform_many([create(twin)], replace(MARK, deployment="d2"))
    driver.perform_many([delete(twin)], replace(MARK, deployment=puts_back))
    assert bench.domains() == {domain.name}
    assert bench.files() == copied

    driver.perform_many([create(twin)], replace(MARK, deployment="d3"))
    qemu_io("read -P 0x5a 1M 64k", driver.disks.overlay(twin.name))
    driver.perform_many([delete(twin)], replace(MARK, deployment="d4"))
    assert not any("vm2" in name for name in bench.files())


def test_a_clone_that_nobody_makes_is_swept(bench: Bench) -> None:
    domain = vm(disk=guest.DISK, running=False)
    bench.driver.perform(create(domain), MARK)
    before = bench.files()
    copying = bench.driver.copying
    copying.copy(domain.name, f"{LAB}-vm2", MARK, lambda _words: True)
    assert bench.driver.sweep(LAB, {f"{LAB}-vm2"}) == []
    assert bench.driver.sweep(LAB, {domain.name}) == [f"{LAB}-vm2"]
    assert bench.files() == before


def test_a_copy_that_was_cut_off_leaves_nothing_and_nobody_waiting(bench: Bench) -> None:
    """As after kill -9 of the agent in the middle of one: the next start mends it."""
    domain = vm(disk=guest.DISK)
    bench.driver.perform(create(domain), MARK)
    before = bench.files()
    with pytest.raises(CannotAct, match="stopped meanwhile"):
        bench.driver.copying.copy(domain.name, f"{LAB}-vm2", MARK, lambda _words: False)
    assert (bench.files(), seen(bench, domain.name).state) == (before, "running")

    bench.driver.disks.enter_copy(f"{LAB}-vm2", MARK, guest.DISK, of=domain.name, held=True)
    bench.driver.disks.overlay(f"{LAB}-vm2").write_bytes(b"half")
    bench.virsh("suspend", domain.name)
    bench.driver.copying.mend()
    assert (bench.files(), seen(bench, domain.name).state) == (before, "running")


def test_a_full_disk_leaves_nothing_of_a_copy(bench: Bench, tmp_path: Path) -> None:
    """The state folder on a file system of four megabytes, and eight to be copied."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(small)], check=True)
    try:
        roomy, disks = bench.driver.disks, Disks(small)
        domain = vm(disk=guest.DISK, running=False)
        bench.driver.perform(create(domain), MARK)
        qemu_io("write -P 0x5a 1M 8M", roomy.overlay(domain.name))
        disks.enter(domain.name, MARK, guest.DISK)
        disks.overlay(domain.name).symlink_to(roomy.overlay(domain.name))
        copying = Copying(bench.driver.lifecycle, disks, bench.driver.images)
        with pytest.raises(CannotAct, match="No space left") as failure:
            copying.copy(domain.name, f"{LAB}-vm2", MARK, lambda _words: True)
        assert "Make room" in failure.value.advice
        assert not [path for path in small.rglob("*") if "vm2" in path.name]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def backing(disk: Path) -> object:
    """The image that it is a layer over."""
    return images.info(disk, "qcow2")["backing-filename"]


def qemu_io(command: str, disk: Path) -> None:
    done = subprocess.run(
        ["qemu-io", "-f", "qcow2", "-c", command, str(disk)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout, done.stdout
