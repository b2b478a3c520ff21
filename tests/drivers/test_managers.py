"""systemd-networkd and NetworkManager, the real ones: they leave a lab's links alone, and only
those."""

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
from tests.drivers import network_manager
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
        "\n[keyfile]\nunmanaged-devices+=interface-name:=brours;interface-name:=eth1;"
        "interface-name:=tlv0\n" in device.read_text()
    )
    all_of(managers, delete(PORT), delete(inner, outer), delete(BRIDGE))
    assert not network.exists()
    assert not device.exists()


def test_where_neither_runs_nothing_is_written(tmp_path: Path) -> None:
    all_of(Managers(tmp_path), create(BRIDGE))
    assert list(tmp_path.iterdir()) == []


_INSIDE = """\
    import os, subprocess, sys, time
    from designer.machine.marks import Mark
    from designer.machine.resources import Bridge, Physical
    from designer.machine.state import MachineState
    from designer.planner import plan
    from tasks.drivers import Machine
    from tasks.drivers.machine import MachineConfig
    from pathlib import Path

    folder, bus = sys.argv[1:3]
    lab = "testlab1"
    ours = (Bridge(name="brours", ipv6=False, owner=lab),
            Physical(name="eth1", master="brours", owner=lab))

    def run(*argv):
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def addresses(name):
        return [word for word in run("ip", "-4", "-br", "address", "show", name).split()[2:]]

    def until(condition, what):
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.02)

    def deploy(*resources):
        desired = MachineState.of(resources)
        made = plan(desired, machine.observe(lab, desired.resources), lab)
        assert not made.refusals, made.refusals
        for part in machine.batches(made.operations):
            machine.perform(made.operations[part], Mark(lab, "d"))

    def replug():
        run("ip", "link", "set", "wire", "down")
        run("ip", "link", "set", "wire", "up")

    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    # Read-only, as in a container: then they wait for no udev, which is not there.
    run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")
    os.mkdir("/run/dbus")
    os.mkdir("/run/netns")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "wire")
    run("ip", "link", "set", "wire", "up")
    run("dbus-daemon", "--config-file", bus, "--fork", "--nopidfile")
    machine = Machine(MachineConfig(name="hv", state_dir=Path(folder), images_dir=Path(folder)))
"""

_NETWORKD = """\
    def setup(name):
        lines = [line.split() for line in run("networkctl", "--no-legend", "list").splitlines()]
        return next((line[4] for line in lines if line[1] == name), "")

    for folder in ("systemd/network", "systemd/netif/links", "systemd/netif/leases"):
        os.makedirs(f"/run/{folder}")
    run("chown", "-R", "systemd-network", "/run/systemd/netif")
    for name, address in (("eth1", "10.7.7.1"), ("br", "10.7.8.1")):
        Path(f"/run/systemd/network/50-{name}.network").write_text(
            f"[Match]\\nName={name}*\\n[Network]\\nAddress={address}/24\\n"
            "LinkLocalAddressing=no\\nIPv6AcceptRA=no\\n"
        )
    networkd = subprocess.Popen(["/lib/systemd/systemd-networkd"], stderr=subprocess.DEVNULL)
    try:
        until(lambda: addresses("eth1") == ["10.7.7.1/24"], "networkd manages eth1")
        deploy(*ours)
        run("ip", "link", "add", "brtheirs", "type", "bridge")
        run("ip", "link", "set", "brtheirs", "up")
        until(lambda: addresses("brtheirs") == ["10.7.8.1/24"], "other bridges stay networkd's")
        until(lambda: setup("brours") == setup("eth1") == "unmanaged", "ours are left alone")
        replug()
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

_NETWORK_MANAGER = """\
    def state(name):
        told = run("nmcli", "--terse", "--fields", "DEVICE,STATE", "device").splitlines()
        return dict(line.split(":") for line in told).get(name, "")

    # What it keeps for itself is not the machine's.
    run("mount", "-t", "tmpfs", "tmpfs", "/var/lib")
    os.makedirs("/var/lib/NetworkManager")
    os.makedirs("/run/etc/connections")
    profile = Path("/run/etc/connections/eth1.nmconnection")
    profile.touch(0o600)
    profile.write_text(
        "[connection]\\nid=eth1\\ntype=ethernet\\ninterface-name=eth1\\n"
        "[ipv4]\\nmethod=manual\\naddress1=10.7.7.1/24\\n[ipv6]\\nmethod=disabled\\n"
    )
    config = Path("/run/etc/NetworkManager.conf")
    config.write_text(
        "[main]\\nplugins=keyfile\\nauth-polkit=false\\ndhcp=internal\\ndns=none\\n"
        "no-auto-default=*\\n[keyfile]\\npath=/run/etc/connections\\n"
    )
    manager = subprocess.Popen(
        ["NetworkManager", "--no-daemon", f"--config={config}", "--config-dir=/run/etc/conf.d",
         "--intern-config=/run/etc/intern.conf", "--state-file=/run/etc/state"],
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: addresses("eth1") == ["10.7.7.1/24"], "NetworkManager manages eth1")
        until(lambda: state("eth1") == "connected", "it is done with it")
        deploy(*ours)
        assert state("brours") == state("eth1") == "unmanaged", "ours are left alone"
        assert " UP " in run("ip", "-br", "link", "show", "master", "brours")
        run("ip", "link", "add", "brtheirs", "type", "bridge")
        run("ip", "link", "set", "brtheirs", "up")
        run("ip", "address", "add", "10.7.8.1/24", "dev", "brtheirs")
        until(lambda: state("brtheirs").startswith("connected"), "other bridges stay its")
        replug()
        run("nmcli", "general", "reload")
        run("nmcli", "connection", "reload")
        until(lambda: state("brtheirs").startswith("connected"), "reloaded")
        assert state("brours") == state("eth1") == "unmanaged"
        assert addresses("brours") == ["10.7.7.1/24"], addresses("brours")
        assert addresses("eth1") == []
        deploy()
        until(lambda: state("eth1") == "connected", "eth1 is NetworkManager's again")
        assert addresses("eth1") == ["10.7.7.1/24"]
        assert os.listdir("/run/NetworkManager/conf.d") == []
        machine.close()
    finally:
        manager.kill()
        manager.wait()
"""

_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>
"""


def inside(folder: Path, program: str, **environment: str) -> None:
    """Runs it in namespaces of its own, with a bus of its own on which everyone may do everything;
    all of it ends with the program."""
    file, bus = folder / "inside.py", folder / "bus.conf"
    file.write_text(textwrap.dedent(_INSIDE) + textwrap.dedent(program))
    bus.write_text(_BUS)
    done = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
         sys.executable, str(file), str(folder), str(bus)],
        env={**os.environ, "PYTHONPATH": os.getcwd(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.kernel
@pytest.mark.skipif(
    not NETWORKD.exists() or not shutil.which("dbus-daemon"), reason="no systemd-networkd here"
)
def test_networkd_leaves_the_labs_links_alone_and_only_those(tmp_path: Path) -> None:
    inside(tmp_path, _NETWORKD)


@pytest.mark.kernel
def test_network_manager_leaves_the_labs_links_alone_and_only_those(tmp_path: Path) -> None:
    inside(tmp_path, _NETWORK_MANAGER, **network_manager.environment())
