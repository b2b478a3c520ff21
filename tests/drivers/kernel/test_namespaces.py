from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from designer.machine.marks import parse
from designer.machine.resources import Namespace
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, Ground, change, create, delete, nothing_happens, until

pytestmark = pytest.mark.kernel

SPACE = Namespace(name=f"{LAB}-c1", owner=LAB)
ROUTER = Namespace(name=f"{LAB}-c1", forwarding=True, owner=LAB)


def test_as_ip_netns_makes_them(ground: Ground) -> None:
    ground.deploy(SPACE)
    assert ground.namespaces() == {SPACE.name}
    loopback = ground.link("lo", SPACE.name)
    assert "UP" in loopback["flags"]
    mark = parse(loopback["ifalias"])
    assert mark is not None
    assert mark.lab == LAB
    assert ground.pings("127.0.0.1", SPACE.name)
    ground.run("ip", "netns", "delete", SPACE.name)
    assert ground.observe().get(SPACE.key) is None


def test_run_netns_is_a_shared_mount(ground: Ground) -> None:
    ground.deploy(SPACE)
    lines = Path("/proc/thread-self/mountinfo").read_text().splitlines()
    mounts = [line.split() for line in lines if line.split()[4] == "/run/netns"]
    assert any(field.startswith("shared:") for fields in mounts for field in fields)


def test_forwarding_in_both_families_on_and_off(ground: Ground) -> None:
    files = ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding")
    for wanted in (ROUTER, SPACE, ROUTER):
        ground.deploy(wanted)
        for file in files:
            assert ground.run("cat", file, netns=SPACE.name).strip() == str(int(wanted.forwarding))


def test_a_new_one_does_not_forward_though_the_hypervisor_does(ground: Ground) -> None:
    ground.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    ground.deploy(SPACE)
    assert ground.run("cat", "/proc/sys/net/ipv4/ip_forward", netns=SPACE.name).strip() == "0"
    assert ground.run("cat", "/proc/sys/net/ipv4/ip_forward").strip() == "1"


def test_a_second_time_changes_nothing(ground: Ground) -> None:
    ground.deploy(ROUTER)
    inode = os.stat(f"/run/netns/{ROUTER.name}").st_ino
    with nothing_happens():
        ground.perform(create(ROUTER), change(SPACE, ROUTER, "forwarding"))
    assert os.stat(f"/run/netns/{ROUTER.name}").st_ino == inode


def test_a_foreign_one_is_refused_and_left(ground: Ground) -> None:
    ground.run("ip", "netns", "add", SPACE.name)
    for operation in (create(SPACE), change(SPACE, ROUTER, "forwarding"), delete(SPACE)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert SPACE.name in raised.value.words
    assert ground.namespaces() == {SPACE.name}
    assert ground.observe([SPACE.key]).resources[SPACE.key].owner is None


def test_an_empty_file_of_that_name_is_no_namespace(ground: Ground) -> None:
    """What a kill between two system calls leaves, or a reboot where /run is a disk."""
    folder = Path("/run/netns")
    folder.mkdir()
    (folder / SPACE.name).touch()
    assert ground.observe([SPACE.key]).get(SPACE.key) is None
    ground.deploy(SPACE)
    assert ground.pings("127.0.0.1", SPACE.name)
    (folder / "other").touch()
    ground.perform(delete(Namespace(name="other", owner=LAB)))
    assert not (folder / "other").exists()


def test_delete_twice_and_with_a_process_inside(ground: Ground) -> None:
    ground.deploy(SPACE)
    with subprocess.Popen(["ip", "netns", "exec", SPACE.name, "sleep", "60"]) as inside:
        here = os.readlink("/proc/thread-self/ns/net")
        until(lambda: os.readlink(f"/proc/{inside.pid}/ns/net") != here)
        ground.perform(delete(SPACE))
        ground.perform(delete(SPACE))
        assert not Path("/run/netns", SPACE.name).exists()
        inside.kill()


def test_nothing_of_ours_keeps_a_deleted_one_alive(ground: Ground) -> None:
    """Once its session is over: links of a namespace that `ip` removed go with it."""
    ground.deploy(SPACE)
    ground.run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns",
               SPACE.name)  # fmt: skip
    ground.perform(create(SPACE))  # leaves a session behind
    ground.run("ip", "netns", "delete", SPACE.name)
    until(lambda: ground.links() == set())


def test_hundreds_with_few_open_files(ground: Ground) -> None:
    spaces = [Namespace(name=f"{LAB}-{number}", owner=LAB) for number in range(300)]
    before = len(os.listdir("/proc/self/fd"))
    ground.deploy(*spaces)
    assert len(ground.namespaces()) == 300
    ground.deploy()
    assert ground.namespaces() == set()
    assert len(os.listdir("/proc/self/fd")) <= before + 10
