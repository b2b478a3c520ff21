"""A VM with VLANs starts paused, until its taps have them. The kernel's part is not here: see
tests/drivers/vlan."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from designer.machine.resources import DomainNic
from designer.machine.state import MachineState
from designer.planner import plan
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_ import ports
from tasks.drivers.netlink.bridging import Vlans
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, vm

pytestmark = pytest.mark.libvirt

MACS = ("52:54:00:00:0B:01", "52:54:00:00:0b:02")
NICS = (
    DomainNic(mac=MACS[0], bridge="br0", pvid=10, untagged=(10,), tagged=(20, 30)),
    DomainNic(mac=MACS[1], bridge="br0"),
)


class Killed(BaseException):
    """As SIGKILL: nothing is tidied up."""


def test_it_waits_for_its_vlans(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = vm(nics=NICS)
    states = []
    asked: dict[str, Vlans] = {}

    def set_vlans(wanted: Mapping[str, Vlans]) -> None:
        states.append(bench.virsh("domstate", domain.name).strip())
        asked.update(wanted)

    monkeypatch.setattr(ports, "set_vlans", set_vlans)
    bench.driver.perform(create(domain), MARK)
    assert states == ["paused"]
    taps = {nic.mac: nic.tap for nic in bench.driver.observe(LAB)[0].nics}
    assert asked == {taps[MACS[0].lower()]: Vlans(10, (10,), (20, 30))}
    assert bench.virsh("domstate", domain.name).strip() == "running"
    for words in ((), ("--inactive",)):
        assert "waiting" not in bench.virsh("dumpxml", domain.name, *words)

    # One that somebody pauses later runs, as far as the design is concerned.
    bench.virsh("suspend", domain.name)
    (seen,) = bench.driver.observe(LAB)
    assert (seen.running, seen.state) == (True, "paused")


def test_one_that_was_left_waiting_is_finished(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the two."""
    domain = vm(nics=NICS[:1])

    def killed(wanted: Mapping[str, Vlans]) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ports, "set_vlans", killed)
        patch.setattr(bench.driver._domains, "_remove", lambda name, **_: None)
        with pytest.raises(Killed):
            bench.driver.perform(create(domain), MARK)
    (seen,) = bench.driver.observe(LAB)
    assert (seen.running, seen.state) == (False, "paused")
    number = bench.virsh("domid", domain.name)
    asked: list[Mapping[str, Vlans]] = []
    monkeypatch.setattr(ports, "set_vlans", asked.append)
    (operation,) = plan(MachineState.of([domain]), MachineState.of([seen]), LAB).operations
    assert "running" in operation.fields
    bench.driver.perform(operation, MARK)
    assert [*asked[-1].values()] == [Vlans(10, (10,), (20, 30))]
    (seen,) = bench.driver.observe(LAB)
    assert (seen.running, seen.state) == (True, "running")
    assert bench.virsh("domid", domain.name) == number


def test_one_whose_vlans_cannot_be_set_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(wanted: Mapping[str, Vlans]) -> None:
        raise OSError(95, "VLANs of vnet0: Operation not supported")

    monkeypatch.setattr(ports, "set_vlans", refuse)
    with pytest.raises(OperationFailed) as raised:
        bench.driver.perform(create(vm(nics=NICS)), MARK)
    assert "VLANs of vnet0" in raised.value.words
    assert "kernel cannot do that" in raised.value.advice
    assert bench.domains() == set()
    assert bench.taps() == set()
    assert bench.files() == set()
