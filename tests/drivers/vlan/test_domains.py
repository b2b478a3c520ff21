"""VMs on a VLAN-aware bridge: their taps' VLANs, set while they wait and mended while they run."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from designer.machine.resources import Bridge, Domain, DomainNic
from designer.machine.state import MachineState
from designer.planner import plan
from tasks import guest
from tasks.drivers.kernel import Kernel
from tasks.drivers.libvirt_ import Libvirt
from tasks.drivers.netlink.threads import setns
from tasks.sandbox import Sandbox, paths
from tests.drivers.ground import Ground
from tests.drivers.ground import create as create_link
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, delete, eventually, vm
from tests.drivers.vlan import user_mode
from tests.drivers.vlan.labs import vlans_of

pytestmark = [pytest.mark.kernel, pytest.mark.libvirt]

BRIDGE = Bridge(name="br0", vlan_filtering=True, vlan=10, ipv6=False, owner=LAB)
NIC = DomainNic(mac="52:54:00:00:0a:01", bridge="br0", pvid=10, untagged=(10,), tagged=())


def in_a_hypervisor(folder: Path, body: Callable[[Bench], None]) -> None:
    """Run the body in a thread that stands in the network of a hypervisor with libvirt."""
    failure: list[BaseException] = []

    def work() -> None:
        try:
            with _bench(folder) as bench:
                body(bench)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


@contextmanager
def _bench(folder: Path) -> Iterator[Bench]:
    cache = folder / "cache"
    known = paths.cache_dir() / "user-mode" / "libvirt"  # of QEMU, by libvirt in such a kernel
    if user_mode.is_here() and known.is_dir():
        shutil.copytree(known, cache / "libvirt", ignore=shutil.ignore_patterns("*.new"))
    sandbox = Sandbox(folder / "sandbox", ["hv1"], images=paths.guest_dir(), cache_dir=cache)
    hypervisor = sandbox["hv1"]
    hypervisor.is_slow = user_mode.is_here()
    with sandbox:
        with open(f"/proc/{hypervisor.pids()[0]}/ns/net") as namespace:
            setns(namespace.fileno())
        with closing(Kernel()) as kernel:
            kernel.perform([create_link(BRIDGE)], MARK)
        hypervisor.in_network(["ip", "address", "add", "10.9.0.1/24", "dev", "br0"])
        with closing(
            Libvirt(
                hypervisor.libvirt_uri_outside,
                hypervisor.images_dir,
                folder / "state",
                sysfs=hypervisor.root_path / "sys",
            )
        ) as driver:
            yield Bench(hypervisor, driver)


@pytest.mark.timeout(900)  # emulated on an emulated machine
def test_a_vm_and_its_vlan(tmp_path: Path) -> None:
    in_a_hypervisor(tmp_path, _a_vm_and_its_vlan)


def _a_vm_and_its_vlan(bench: Bench) -> None:
    eyes = Ground()

    def do(wanted: Domain, *fields: str) -> None:
        """One change, while it runs on; then it is so."""
        (operation,) = plan(MachineState.of([wanted]), observed(bench), LAB).operations
        assert (operation.action, operation.fields) == ("change", fields)
        number = bench.virsh("domid", wanted.name)
        bench.driver.perform(operation, MARK)
        assert plan(MachineState.of([wanted]), observed(bench), LAB).operations == ()
        assert bench.virsh("domid", wanted.name) == number

    domain = vm(cmdline=f"{guest.CMDLINE} eth0=10.9.0.2/24", nics=(NIC,))
    bench.driver.perform(create(domain), MARK)
    (tap,) = bench.taps()
    access = frozenset({"PVID", "Egress Untagged"})
    assert vlans_of(eyes, tap) == [(10, access)]
    (seen,) = bench.driver.observe(LAB)
    assert (seen.running, seen.state, seen.nics[0]) == (True, "running", replace(NIC, tap=tap))
    assert plan(MachineState.of([domain]), observed(bench), LAB).operations == ()
    eventually(lambda: eyes.pings("10.9.0.2", seconds=1), within=240)

    # In another VLAN it is not heard, nor does it hear.
    other = replace(domain, nics=(replace(NIC, pvid=20, untagged=(20,), tagged=(30, 31, 32)),))
    do(other, "nics.vlans")
    assert vlans_of(eyes, tap) == [(20, access), *((vid, frozenset()) for vid in (30, 31, 32))]
    assert not eyes.pings("10.9.0.2", seconds=1)
    do(domain, "nics.vlans")
    assert eyes.pings("10.9.0.2")

    # Somebody starts it anew: its new tap has no VLANs.
    bench.virsh("destroy", domain.name)
    bench.virsh("start", domain.name)
    (tap,) = bench.taps()
    assert vlans_of(eyes, tap) == []
    do(domain, "nics.vlans")
    assert vlans_of(eyes, tap) == [(10, access)]

    # Somebody takes its tap out of the bridge.
    bench.hypervisor.in_network(["ip", "link", "set", tap, "nomaster"])
    do(domain, "nics.bridge", "nics.vlans")
    assert vlans_of(eyes, tap) == [(10, access)]

    bench.driver.perform(delete(domain), MARK)
    assert bench.domains() == set()
    assert bench.taps() == set()


def observed(bench: Bench) -> MachineState:
    return MachineState.of(bench.driver.observe(LAB))
