"""A VM's serial port and its screen: what happens when nobody reads, and who can get at them."""

from __future__ import annotations

import os
import socket
import stat
import time
from pathlib import Path

import pytest
from lxml import etree

from designer.machine.state import MachineState
from designer.planner import plan
from tasks import guest
from tasks.sandbox.libvirt_files import CONSOLE_BACKUPS, CONSOLE_SIZE
from tests.drivers.libvirt.bench import LAB, MARK, Bench, change, create, eventually, vm

pytestmark = pytest.mark.libvirt

CHATTER = f"{guest.CMDLINE} rdinit=/bin/yes"
"""A guest whose first and only process writes to the serial port for ever."""
KEPT = CONSOLE_SIZE * (1 + CONSOLE_BACKUPS)


def console_bytes(bench: Bench, name: str) -> int:
    log = bench.driver.disks.console(name)
    return sum(one.stat().st_size for one in log.parent.glob(f"{log.name}*"))


def test_a_guest_that_writes_without_end_fills_no_disk_and_holds_up_no_other(bench: Bench) -> None:
    chatter, other = vm("chatter", cmdline=CHATTER, nics=()), vm("quiet", nics=())
    bench.driver.perform(create(chatter), MARK)
    bench.driver.perform(create(other), MARK)
    eventually(lambda: "tiny: up" in bench.console(other.name), within=120)
    log = bench.driver.disks.console(chatter.name)
    eventually(log.with_name(f"{log.name}.0").exists, within=120)

    asked = time.monotonic()
    bench.driver.observe(LAB)
    assert time.monotonic() - asked < 5
    assert bench.virsh("domstate", chatter.name).strip() == "running"
    assert console_bytes(bench, chatter.name) <= KEPT + 2**16


def test_a_screen_is_behind_a_socket_and_on_no_port(bench: Bench) -> None:
    domain = vm("screen", graphics="vnc", nics=())
    bench.driver.perform(create(domain), MARK)
    assert plan(MachineState.of([domain]), MachineState.of(bench.driver.observe(LAB)), LAB) \
        .operations == ()  # fmt: skip
    root = etree.fromstring(bench.virsh("dumpxml", domain.name))
    place = root.xpath("string(devices/graphics[@type='vnc']/listen[@type='socket']/@socket)")
    inside = Path(str(place))
    outside = bench.hypervisor.root_path / inside.relative_to("/")
    assert stat.S_ISSOCK(outside.stat().st_mode)
    assert not outside.parent.stat().st_mode & stat.S_IRWXO  # nobody else comes that far
    assert root.xpath("devices/graphics/@port") == []

    with socket.socket(socket.AF_UNIX) as screen:
        screen.settimeout(30)
        # By the folder's descriptor: the path itself is longer than an address may be.
        folder = os.open(outside.parent, os.O_PATH)
        screen.connect(f"/proc/self/fd/{folder}/{outside.name}")
        os.close(folder)
        assert screen.recv(12) == b"RFB 003.008\n"
    listening = bench.hypervisor.in_network(["ss", "-Hltn"])
    assert ":59" not in listening


def test_a_screen_comes_by_a_restart_that_the_plan_announces(bench: Bench) -> None:
    without = vm("later", nics=())
    bench.driver.perform(create(without), MARK)
    wanted = vm("later", nics=(), graphics="vnc")
    seen = MachineState.of(bench.driver.observe(LAB))
    (operation,) = plan(MachineState.of([wanted]), seen, LAB).operations
    assert operation.fields == ("graphics",)
    assert "needs a restart" in operation.reason
    bench.driver.perform(change(without, wanted, "graphics"), MARK)
    seen = MachineState.of(bench.driver.observe(LAB))
    assert plan(MachineState.of([wanted]), seen, LAB).operations == ()
