"""What of a running VM is left to its next start, by libvirt's own two definitions of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.machine.marks import Mark
from designer.machine.resources import Domain, DomainNic
from designer.machine.state import MachineState
from designer.planner import Operation, differences, plan, undo
from tasks import guest
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, vm

pytestmark = pytest.mark.libvirt

CARD = DomainNic(mac="52:54:00:00:1a:01", bridge="br0")
FIRST = vm("later", nics=(CARD,), disk=guest.DISK, memory_max=192)
DRAWN = replace(
    FIRST,
    vcpus=2,
    memory=160,
    cmdline=f"{guest.CMDLINE} another",
    graphics="vnc",
    nics=(replace(CARD, model="e1000", mtu=1400),),
)
"""Of which the memory alone changes while it runs."""


def seen(bench: Bench) -> MachineState:
    return MachineState.of(bench.driver.observe(LAB, [FIRST.key]))


def there(bench: Bench) -> Domain:
    (found,) = seen(bench).of_type(Domain)
    return found


def carry_out(bench: Bench, wanted: Domain) -> Operation:
    (operation,) = plan(MachineState.of([wanted]), seen(bench), LAB, at_next_start=True).operations
    bench.driver.perform(operation, MARK)
    assert differences(MachineState.of([wanted]), seen(bench), LAB) == ()
    return operation


def vcpus(bench: Bench, *how: str) -> int:
    return int(bench.virsh("vcpucount", FIRST.name, "--active", *how))


def test_a_running_vm_is_defined_for_its_next_start_and_then_is_so(bench: Bench) -> None:
    bench.driver.perform(create(FIRST), MARK)
    first = bench.virsh("domid", FIRST.name)

    operation = carry_out(bench, DRAWN)
    assert (operation.restarts, operation.waits) == (False, True)
    assert bench.virsh("domid", FIRST.name) == first
    assert (vcpus(bench, "--live"), vcpus(bench, "--config")) == (1, 2)
    runs = there(bench)
    assert (runs.vcpus, runs.memory, runs.graphics) == (1, 160, "none")
    assert runs.later is not None
    assert (runs.later.vcpus, runs.later.graphics, runs.later.cmdline) == (2, "vnc", DRAWN.cmdline)
    assert (runs.nics[0].model, runs.later.nics[0].model) == ("virtio", "e1000")

    # It stays so over a restart of libvirt, and while other things change live.
    bench.hypervisor.stop_libvirt()
    bench.hypervisor.start_libvirt()
    assert there(bench).later == runs.later
    moved = replace(DRAWN, nics=(replace(DRAWN.nics[0], bridge="br1"),))
    assert carry_out(bench, moved).fields == ("nics.bridge",)
    assert bench.virsh("domid", FIRST.name) == first
    assert there(bench).later is not None
    assert len(bench.taps("br1")) == 1

    bench.virsh("destroy", FIRST.name)
    bench.virsh("start", FIRST.name)
    anew = there(bench)
    assert anew.later is None
    assert (anew.vcpus, anew.graphics, anew.nics[0].model, anew.nics[0].mtu) == (
        2, "vnc", "e1000", 1400,
    )  # fmt: skip
    assert differences(MachineState.of([moved]), seen(bench), LAB) == ()


def test_what_waited_is_taken_back_without_a_restart(bench: Bench) -> None:
    """By a drawing that is as before, by another, and by a deployment that is put back."""
    bench.driver.perform(create(FIRST), MARK)
    first = bench.virsh("domid", FIRST.name)
    carry_out(bench, replace(FIRST, vcpus=2))
    assert carry_out(bench, FIRST).fields == ("later",)
    assert there(bench).later is None
    assert vcpus(bench, "--config") == 1

    carry_out(bench, replace(FIRST, vcpus=2))
    stood = seen(bench)
    carry_out(bench, replace(FIRST, vcpus=3, cmdline=DRAWN.cmdline))
    for operation in undo(stood, seen(bench), LAB).operations:
        bench.driver.perform(operation, Mark(LAB, "d2"))
    assert undo(stood, seen(bench), LAB).operations == ()
    (before,) = stood.of_type(Domain)
    assert there(bench).later == before.later
    assert (vcpus(bench, "--live"), vcpus(bench, "--config")) == (1, 2)
    assert bench.virsh("domid", FIRST.name) == first


def test_a_definition_that_was_cut_off_is_seen_and_put_back(bench: Bench) -> None:
    """An agent that dies between two calls of libvirt leaves no other next start behind."""
    bench.driver.perform(create(FIRST), MARK)
    stood = seen(bench)
    wanted = MachineState.of([replace(FIRST, vcpus=2)])
    (operation,) = plan(wanted, stood, LAB, at_next_start=True).operations

    class Died(Exception):
        pass

    def die(*_: object, **__: object) -> None:
        raise Died

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bench.driver._domains, "_change_live", die)
        with pytest.raises(Died):
            bench.driver.perform(operation, MARK)
    for operation in undo(stood, seen(bench), LAB).operations:
        bench.driver.perform(operation, MARK)
    assert (vcpus(bench, "--live"), vcpus(bench, "--config")) == (1, 1)
    assert there(bench).later is None
