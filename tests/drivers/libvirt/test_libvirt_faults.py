"""What libvirt, its VMs and other people do meanwhile, and whether KVM is to be believed."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import pytest

from designer import wire
from designer.machine.state import MachineState
from designer.planner import plan, statuses
from tasks import guest
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_ import Libvirt, acceleration
from tasks.sandbox import Hypervisor
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, delete, eventually, vm

pytestmark = pytest.mark.libvirt

ROOT = Path(__file__).parents[3]


class Calls:
    """Counts the calls of a watch."""

    def __init__(self) -> None:
        self.count = 0
        self._new = threading.Condition()

    def __call__(self) -> None:
        with self._new:
            self.count += 1
            self._new.notify_all()

    def after(self, count: int, within: float = 30) -> bool:
        with self._new:
            return self._new.wait_for(lambda: self.count > count, within)


def test_changes_are_told_at_once(bench: Bench) -> None:
    calls = Calls()
    watch = bench.driver.watch(calls)
    assert calls.after(0)  # the first connection
    domain = vm()
    before = calls.count
    bench.driver.perform(create(domain), MARK)
    assert calls.after(before)
    before = calls.count
    bench.virsh("destroy", domain.name)
    assert calls.after(before)
    watch.close()
    before = calls.count
    bench.virsh("undefine", domain.name)
    assert not calls.after(before, within=0.5)
    watch.close()


def test_libvirtd_restarts_and_vms_run_on(bench: Bench) -> None:
    domain = vm()
    bench.driver.perform(create(domain), MARK)
    number = bench.virsh("domid", domain.name)
    calls = Calls()
    watch = bench.driver.watch(calls)
    assert calls.after(0)

    bench.hypervisor.stop_libvirt()
    before = calls.count
    restart = threading.Timer(1, bench.hypervisor.start_libvirt)
    restart.start()
    (seen,) = bench.driver.observe(LAB)  # waits for libvirtd
    restart.join()
    assert seen.running
    assert bench.virsh("domid", domain.name) == number
    assert calls.after(before)

    before = calls.count
    bench.virsh("suspend", domain.name)
    assert calls.after(before)
    watch.close()
    bench.driver.perform(delete(domain), MARK)
    assert bench.domains() == set()


def test_without_libvirtd_there_is_a_clear_word(tmp_path: Path) -> None:
    driver = Libvirt(f"qemu+unix:///system?socket={tmp_path}/none", tmp_path, tmp_path / "state")
    began = time.monotonic()
    assert not driver.available()
    assert driver.version() == ""
    assert time.monotonic() - began < 2
    assert Libvirt("nonsense:///", tmp_path, tmp_path).version() == ""


def test_a_failure_without_libvirtd_says_who_must_act(tmp_path: Path) -> None:
    driver = Libvirt(f"qemu+unix:///system?socket={tmp_path}/none", tmp_path, tmp_path / "state")
    driver._connection.patience = 0.3
    with pytest.raises(OperationFailed) as failure:
        driver.perform(create(vm()), MARK)
    assert "libvirtd" in failure.value.advice


def test_versions_are_told(bench: Bench) -> None:
    assert bench.driver.available()
    assert bench.driver.version().startswith(bench.virsh("version").split("libvirt ")[1].split()[0])


def test_a_vm_that_dies_right_after_its_start_is_degraded(bench: Bench) -> None:
    """A kernel that panics at once and is told to power off then."""
    domain = vm(initrd="", cmdline="console=ttyS0 panic=-1 acpi=off nosuch=root")
    bench.driver.perform(create(domain), MARK)
    bench.virsh("destroy", domain.name)  # as QEMU's end would be seen
    desired = MachineState.of([domain])
    observed = MachineState.of(bench.driver.observe(LAB))
    found = statuses(desired, observed, LAB, {domain.key: "nodes/vm1"})
    assert found["nodes/vm1"].state == "degraded"
    assert "shut off" in found["nodes/vm1"].detail
    (operation,) = plan(desired, observed, LAB).operations
    assert operation.fields == ("running",)


def test_qemu_is_killed_and_it_shows(bench: Bench) -> None:
    domain = vm()
    bench.driver.perform(create(domain), MARK)
    pid = bench.hypervisor.do(["cat", f"/run/libvirt/qemu/{domain.name}.pid"]).strip()
    bench.hypervisor.do(["kill", "-9", pid])
    eventually(lambda: not bench.driver.observe(LAB)[0].running)
    assert bench.taps() == set()
    bench.driver.perform(create(domain), MARK)
    assert bench.driver.observe(LAB)[0].running


def test_a_tap_that_fell_off_is_plugged_in_again_without_a_restart(bench: Bench) -> None:
    """Inside the hypervisor, where the agent is: the tap is in its network namespace."""
    domain = vm()
    bench.driver.perform(create(domain), MARK)
    number = bench.virsh("domid", domain.name)
    net = bench.hypervisor.in_network
    net(["ip", "link", "delete", "br0"])
    net(["ip", "link", "add", "br0", "up", "type", "bridge"])
    assert bench.taps() == set()
    script = (
        "import sys; from pathlib import Path\n"
        "from designer.machine.marks import Mark; from designer.machine.state import MachineState\n"
        "from designer.planner import plan; from designer import wire; import json\n"
        "from tasks.drivers.libvirt_ import Libvirt\n"
        "uri, images, state, wanted = sys.argv[1:]\n"
        "driver = Libvirt(uri, Path(images), Path(state))\n"
        "wanted = wire.state_from_json(json.loads(wanted))\n"
        f"made = plan(wanted, MachineState.of(driver.observe('{LAB}')), '{LAB}').operations\n"
        f"driver.perform_many(made, Mark('{LAB}', 'd2'))\n"
        f"left = plan(wanted, MachineState.of(driver.observe('{LAB}')), '{LAB}').operations\n"
        "print([one.fields for one in made], left)\n"
    )
    done = bench.hypervisor.run(
        [
            *(sys.executable, "-c", script),
            *(bench.hypervisor.libvirt_uri, str(bench.hypervisor.images_dir)),
            *(str(bench.driver.state_dir), json.dumps(wire.resources_to_json([domain]))),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[('nics.bridge',)] ()", done.stderr
    assert len(bench.taps()) == 1
    assert bench.virsh("domid", domain.name) == number


def test_stopping_many_takes_no_longer_than_a_few(bench: Bench) -> None:
    """libvirt waits 200 ms for each; sixteen at a time share that wait."""
    domains = [vm(f"n{number:02}", memory=32, kernel="", initrd="", cmdline="", nics=())
               for number in range(12)]  # fmt: skip
    bench.driver.perform_many([create(one) for one in domains], MARK)
    assert all(one.running for one in bench.driver.observe(LAB))
    began = time.monotonic()
    bench.driver.perform_many([delete(one) for one in domains], MARK)
    taken = time.monotonic() - began
    assert bench.domains() == set()
    assert taken < 12 * 0.2, f"{taken:.2f} s, as long as one after the other"


def test_the_test_guest_reaches_user_mode_when_emulated(images: Path) -> None:
    """So that its silence under KVM means something."""
    assert acceleration.reaches_user_mode(images / guest.KERNEL, "tcg", 60)


def test_a_kernel_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    nothing = tmp_path / "vmlinuz"
    nothing.write_bytes(b"\0" * 0x202 + b"HdrS" + b"\0" * 4096)
    assert not acceleration.reaches_user_mode(nothing, "tcg", 1)


def test_kvm_is_believed_only_after_trying(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer agrees with what the real thing does here; then it is remembered."""
    found = acceleration.decide(tmp_path, [images / guest.KERNEL])
    if found.kvm:
        assert acceleration.reaches_user_mode(images / guest.KERNEL, "kvm")
    elif Path("/dev/kvm").exists():
        assert not acceleration.reaches_user_mode(images / guest.KERNEL, "kvm", 4)
    monkeypatch.setattr(acceleration, "_find_out", lambda _: pytest.fail("tried again"))
    if (tmp_path / "acceleration.json").exists():
        assert acceleration.decide(tmp_path, []) == found


def test_what_was_found_out_before_a_reboot_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = acceleration.Acceleration("kvm", "tried")
    monkeypatch.setattr(acceleration, "_find_out", lambda _: (answer, True))
    assert acceleration.decide(tmp_path, []).kvm
    monkeypatch.setattr(acceleration, "_find_out", lambda _: pytest.fail("tried again"))
    assert acceleration.decide(tmp_path, []).kvm
    other = acceleration.Acceleration("qemu", "tried")
    monkeypatch.setattr(acceleration, "_find_out", lambda _: (other, True))
    monkeypatch.setattr(acceleration, "_boot_id", lambda: "another boot")
    assert not acceleration.decide(tmp_path, []).kvm


def test_the_driver_holds_no_more_files_after_many_calls(
    bench: Bench, hypervisor: Hypervisor
) -> None:
    descriptors = Path("/proc/self/fd")
    bench.driver.observe(LAB)
    before = len(list(descriptors.iterdir()))
    for _ in range(20):
        bench.driver.observe(LAB)
        bench.driver.perform(create(vm(running=False)), MARK)
        bench.driver.perform(delete(vm()), MARK)
    assert len(list(descriptors.iterdir())) <= before + 2
