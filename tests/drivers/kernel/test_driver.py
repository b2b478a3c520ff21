from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from designer.machine.marks import Mark
from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    Namespace,
    Network,
    Resource,
    Route,
    Veth,
)
from designer.planner import plan
from designer.planner.operations import Operation
from tasks.drivers import Kernel, Machine, MachineConfig, ObservationFailed, OperationFailed
from tasks.drivers.kernel.driver import batches
from tasks.drivers.netlink.sockets import Failure, NetlinkSocket
from tasks.drivers.netlink.wire import Request
from tests.drivers.ground import LAB, MARK, Ground, create, delete, nothing_happens, until
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel

DOMAIN = Domain(name=f"{LAB}-vm", uuid="0-0", memory=64, vcpus=1, owner=LAB)


def test_batches_are_of_one_kind_and_action_and_leave_nothing_out() -> None:
    operations = [create(one) for one in (Bridge(name=f"b{n}", owner=LAB) for n in range(300))]
    operations += [create(DOMAIN)]
    operations += [delete(Bridge(name=f"b{n}", owner=LAB)) for n in range(20)]
    parts = list(batches(operations))
    assert [part.stop - part.start for part in parts] == [256, 44, 1, 16, 4]
    assert [one for part in parts for one in operations[part]] == operations
    assert list(batches([])) == []


def test_a_failure_names_its_operation_and_keeps_what_came_before(ground: Ground) -> None:
    good, bad = Bridge(name="br0", owner=LAB), Bridge(name="br1", hello_time=99,
                                                      owner=LAB)  # fmt: skip
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(good), create(bad), create(Bridge(name="br2", owner=LAB)))
    assert raised.value.operation.key == ("link", "", "br1")
    assert raised.value.errno == errno.ERANGE
    assert "br1" in str(raised.value)
    assert "br0" in ground.links()


def test_the_kernels_own_words_are_kept(ground: Ground) -> None:
    ground.deploy(*bridged(1))
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(Route(netns=f"{LAB}-c1", to="172.16.0.0/12", via="192.0.2.1",
                                    owner=LAB)))  # fmt: skip
    assert raised.value.words == "Nexthop has invalid gateway"


def test_without_the_right_it_says_so(ground: Ground) -> None:
    """In a thread that has put its capabilities down (capset(2), version 3)."""
    raised: list[OperationFailed] = []

    def powerless() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        assert libc.capset(header, (ctypes.c_uint32 * 6)()) == 0
        kernel = Kernel()
        try:
            for resource in (Bridge(name="br0", owner=LAB), Namespace(name="x", owner=LAB)):
                try:
                    kernel.perform([create(resource)], MARK)
                except OperationFailed as error:
                    raised.append(error)
        finally:
            kernel.close()

    thread = threading.Thread(target=powerless)
    thread.start()
    thread.join()
    assert [one.errno in (errno.EPERM, errno.EACCES) for one in raised] == [True, True]
    assert "root" in raised[0].advice
    assert ground.links() == set()


def test_busy_is_tried_again_for_a_while(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refusals = NetlinkSocket.send, iter([errno.EBUSY, errno.EAGAIN])

    def sometimes(self: NetlinkSocket, requests: Sequence[Request]) -> dict[int, Failure]:
        if number := next(refusals, 0):
            return {place: Failure(number, "busy") for place in range(len(requests))}
        return real(self, requests)

    monkeypatch.setattr(NetlinkSocket, "send", sometimes)
    ground.perform(create(Bridge(name="br0", owner=LAB)))
    assert ground.links() == {"br0"}


def test_busy_for_ever_fails_in_the_end(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: NetlinkSocket, requests: Sequence[Request]) -> dict[int, Failure]:
        return {place: Failure(errno.EBUSY, "busy") for place in range(len(requests))}

    monkeypatch.setattr(NetlinkSocket, "send", never)
    begun = time.monotonic()
    with pytest.raises(OperationFailed) as raised:
        ground.perform(create(Bridge(name="br0", owner=LAB)))
    assert raised.value.errno == errno.EBUSY
    assert time.monotonic() - begun < 5


def test_every_prefix_of_a_plan_can_be_done_again_and_undone(ground: Ground) -> None:
    """What an agent does that was killed after any step: the rest, or back."""
    resources = [
        *bridged(2),
        Address(link="br0", address="10.0.0.254/24", owner=LAB),
        Route(netns=f"{LAB}-c1", to="0.0.0.0/0", via="10.0.0.254", owner=LAB),
    ]
    operations = _plan(ground, resources)
    for count in range(len(operations) + 1):
        ground.kernel.perform(operations[:count], MARK)
        ground.kernel.perform(operations[:count], MARK)
        ground.deploy(*resources)
        ground.deploy()
        assert ground.links() == set()
        assert ground.namespaces() == set()


def _plan(ground: Ground, resources: Sequence[Resource]) -> tuple[Operation, ...]:
    from designer.machine.state import MachineState

    return plan(MachineState.of(resources), ground.observe(), LAB).operations


def test_sigkill_at_any_moment_leaves_nothing_unmarked(ground: Ground) -> None:
    """Another process deploys and is killed; what it made is all ours to take down."""
    script = "from tests.drivers.kernel.test_driver import deploy_for_ever; deploy_for_ever()"
    for delay in (0.01, 0.02, 0.03, 0.05, 0.08):
        child = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=os.getcwd()
        )
        assert child.stdout is not None
        child.stdout.read(1)
        time.sleep(delay)
        child.kill()
        child.wait()
        child.stdout.close()
        ground.deploy()
        assert ground.links() == set()
        assert ground.namespaces() == set()


def deploy_for_ever() -> None:
    """The other process of the test above."""
    from designer.machine.state import MachineState

    kernel = Kernel()
    desired = MachineState.of(bridged(30))
    up = plan(desired, MachineState(), LAB).operations
    os.write(1, b".")
    while True:
        kernel.perform(up, MARK)
        kernel.perform(plan(MachineState(), kernel.observe(LAB), LAB).operations, MARK)


def test_from_several_threads_at_once(ground: Ground) -> None:
    kernel, failures = ground.kernel, []

    def one(lab: str) -> None:
        try:
            for _ in range(5):
                bridge = Bridge(name=f"br-{lab}", owner=lab)
                kernel.perform([create(bridge)], Mark(lab, "1"))
                assert bridge.key in kernel.observe(lab).resources
                kernel.perform([delete(bridge)], Mark(lab, "2"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(f"lab{n}x",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ground.links() == set()


def test_closed_it_leaves_no_thread_and_no_file(ground: Ground) -> None:
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    kernel = Kernel()
    kernel.perform([create(Bridge(name="br0", owner=LAB))], MARK)
    kernel.observe(LAB)
    kernel.close()
    assert len(os.listdir("/proc/self/fd")) == files
    until(lambda: threading.active_count() <= threads)


# A whole machine


class FakeLibvirt:
    """What Machine uses of the libvirt driver."""

    def __init__(self) -> None:
        self.there: list[Domain] = []
        self.performed: list[Operation] = []
        self.dead = False

    def observe(self, lab: str, keys: object = ()) -> list[Domain]:
        if self.dead:
            raise RuntimeError("Connection refused")
        return self.there

    def observe_networks(self, lab: str, keys: object = ()) -> list[Network]:
        if self.dead:
            raise RuntimeError("Connection refused")
        return []

    def perform_many(self, operations: Sequence[Operation], mark: Mark) -> None:
        self.performed += operations


@pytest.fixture
def settings(tmp_path: Path) -> MachineConfig:
    return MachineConfig(
        name="hv1", state_dir=tmp_path, images_dir=tmp_path, protected_nics=("eth0",)
    )


@pytest.fixture
def libvirt(monkeypatch: pytest.MonkeyPatch) -> FakeLibvirt:
    fake = FakeLibvirt()
    monkeypatch.setattr("tasks.drivers.machine._libvirt", lambda _: fake)
    return fake


def test_domains_go_to_libvirt_in_their_order(
    ground: Ground, settings: MachineConfig, libvirt: FakeLibvirt
) -> None:
    machine = Machine(settings)
    libvirt.there = [DOMAIN]
    first, last = Bridge(name="br0", owner=LAB), Bridge(name="br1", owner=LAB)
    machine.perform([create(first), create(DOMAIN), create(last)], MARK)
    assert [one.key for one in libvirt.performed] == [DOMAIN.key]
    assert {one.key for one in machine.observe(LAB)} == {first.key, last.key, DOMAIN.key}
    machine._kernel.close()


def test_without_an_answer_of_libvirt_domains_are_not_taken_for_missing(
    ground: Ground, settings: MachineConfig, libvirt: FakeLibvirt
) -> None:
    machine = Machine(settings)
    libvirt.dead = True
    assert len(machine.observe(LAB)) == 0
    with pytest.raises(ObservationFailed, match="Connection refused"):
        machine.observe(LAB, [DOMAIN.key])
    machine._kernel.close()


def test_a_vm_where_there_is_no_libvirt(ground: Ground, settings: MachineConfig) -> None:
    machine = Machine(settings)
    with pytest.raises(OperationFailed) as raised:
        machine.perform([create(DOMAIN)], MARK)
    assert "libvirt" in raised.value.words
    machine.close()


def test_a_protected_card_stops_the_whole_run(
    ground: Ground, settings: MachineConfig, libvirt: FakeLibvirt
) -> None:
    machine = Machine(settings)
    wanted = Veth(name="eth0", peer="x", owner=LAB)
    with nothing_happens(), pytest.raises(OperationFailed):
        machine.perform([create(DOMAIN), create(wanted, Veth(name="x", peer="eth0"))], MARK)
    assert libvirt.performed == []
    machine._kernel.close()
