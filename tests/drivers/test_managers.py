"""systemd-networkd, the real one, and NetworkManager's file: they leave a lab's links alone, and
only those."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from designer.machine.resources import Bridge, Physical, Veth
from designer.planner.operations import Operation
from tasks.drivers.managers import Managers
from tests.drivers.ground import LAB, change, create, delete

NETWORKD = Path("/lib/systemd/systemd-networkd")
BRIDGE = Bridge(name="brours", owner=LAB)
FREE = Physical(name="eth1")
PORT = Physical(name="eth1", master="brours", owner=LAB)


def all_of(managers: Managers, *operations: Operation) -> None:
    managers.before(operations, LAB)
    managers.after(operations, LAB)


def test_the_files_name_the_labs_links_and_cards_and_go_with_them(tmp_path: Path) -> None:
    (tmp_path / "NetworkManager").mkdir()
    (tmp_path / "systemd/netif").mkdir(parents=True)
    (tmp_path / "systemd/netif/state").touch()
    network = tmp_path / f"systemd/network/00-trunkline-{LAB}.network"
    device = tmp_path / f"NetworkManager/conf.d/90-trunkline-{LAB}.conf"
    managers = Managers(tmp_path)
    inner = Veth(netns="x-c1", name="eth0", peer="tlv0", owner=LAB)
    outer = Veth(name="tlv0", peer="eth0", peer_netns="x-c1", owner=LAB)
    all_of(managers, create(BRIDGE), create(inner, outer))
    assert "Name=brours tlv0\n\n[Link]\nUnmanaged=yes\n" in network.read_text()
    assert f"trunkline:{LAB}" in network.read_text()
    managers.before([change(FREE, PORT, "master")], LAB)
    assert "eth1" not in network.read_text(), "what is on it has not moved yet"
    managers.after([change(FREE, PORT, "master")], LAB)
    assert "Name=brours eth1 tlv0\n" in network.read_text()
    assert (
        "match-device=interface-name:=brours;interface-name:=eth1;interface-name:=tlv0\nmanaged=0\n"
        in device.read_text()
    )
    all_of(managers, delete(PORT), delete(inner, outer), delete(BRIDGE))
    assert not network.exists()
    assert not device.exists()


def test_where_neither_runs_nothing_is_written(tmp_path: Path) -> None:
    all_of(Managers(tmp_path), create(BRIDGE))
    assert list(tmp_path.iterdir()) == []


_NETWORKD = """\
    import os, subprocess, sys, time
    from designer.machine.marks import Mark
    from designer.machine.resources import Bridge, Physical
    from designer.machine.state import MachineState
    from designer.planner import plan
    from tasks.drivers import Machine
    from tasks.drivers.machine import MachineConfig
    from pathlib import Path

    def run(*argv):
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def addresses(name):
        return [word for word in run("ip", "-4", "-br", "address", "show", name).split()[2:]]

    def until(condition, what):
        end = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.02)

    def setup(name):
        lines = [line.split() for line in run("networkctl", "--no-legend", "list").splitlines()]
        return next((line[4] for line in lines if line[1] == name), "")

    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    # Read-only, as in a container: then networkd waits for no udev, which is not there.
    run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")
    for folder in ("systemd/network", "systemd/netif/links", "systemd/netif/leases"):
        os.makedirs(f"/run/{folder}")
    os.mkdir("/run/dbus")
    os.mkdir("/run/netns")
    run("chown", "-R", "systemd-network", "/run/systemd/netif")
    for name, address in (("eth1", "10.7.7.1"), ("br", "10.7.8.1")):
        Path(f"/run/systemd/network/50-{name}.network").write_text(
            f"[Match]\\nName={name}*\\n[Network]\\nAddress={address}/24\\n"
            "LinkLocalAddressing=no\\nIPv6AcceptRA=no\\n"
        )
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "wire")
    run("ip", "link", "set", "wire", "up")
    run("dbus-daemon", "--system", "--fork", "--nopidfile")
    networkd = subprocess.Popen(["/lib/systemd/systemd-networkd"], stderr=subprocess.DEVNULL)
    try:
        until(lambda: addresses("eth1") == ["10.7.7.1/24"], "networkd manages eth1")
        lab = "testlab1"
        machine = Machine(MachineConfig(
            name="hv", state_dir=Path(sys.argv[1]), images_dir=Path(sys.argv[1])))

        def deploy(*resources):
            desired = MachineState.of(resources)
            made = plan(desired, machine.observe(lab, desired.resources), lab)
            assert not made.refusals, made.refusals
            for part in machine.batches(made.operations):
                machine.perform(made.operations[part], Mark(lab, "d"))

        deploy(Bridge(name="brours", ipv6=False, owner=lab),
               Physical(name="eth1", master="brours", owner=lab))
        run("ip", "link", "add", "brtheirs", "type", "bridge")
        run("ip", "link", "set", "brtheirs", "up")
        until(lambda: addresses("brtheirs") == ["10.7.8.1/24"], "other bridges stay networkd's")
        until(lambda: setup("brours") == setup("eth1") == "unmanaged", "ours are left alone")
        run("ip", "link", "set", "wire", "down")
        run("ip", "link", "set", "wire", "up")
        run("networkctl", "reload")
        until(lambda: setup("brtheirs") == "configured", "reloaded")
        assert addresses("brours") == ["10.7.7.1/24"], addresses("brours")
        assert addresses("eth1") == []
        deploy()
        until(lambda: setup("eth1") == "configured", "eth1 is networkd's again")
        assert addresses("eth1") == ["10.7.7.1/24"]
        left = sorted(os.listdir("/run/systemd/network"))
        assert left == ["50-br.network", "50-eth1.network"], left
        machine.close()
    finally:
        networkd.kill()
        networkd.wait()
"""


@pytest.mark.kernel
@pytest.mark.skipif(
    not NETWORKD.exists() or not shutil.which("dbus-daemon"), reason="no systemd-networkd here"
)
def test_networkd_leaves_the_labs_links_alone_and_only_those(tmp_path: Path) -> None:
    """In namespaces of its own, with a bus of its own; all of it ends with the program."""
    program = tmp_path / "inside.py"
    program.write_text(textwrap.dedent(_NETWORKD))
    done = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
         sys.executable, str(program), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
