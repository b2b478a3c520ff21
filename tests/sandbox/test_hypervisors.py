"""Two hypervisors side by side: wired to each other, and private in everything else."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import subprocess
import threading
from pathlib import Path

import pytest

from tasks.sandbox import Sandbox, SandboxError

pytestmark = pytest.mark.kernel


def _ping(sandbox: Sandbox, name: str, address: str) -> int:
    argv = ["ping", "-c", "1", "-W", "2", address]
    return sandbox[name].run(argv, stdout=subprocess.DEVNULL).returncode


def test_hypervisors_reach_each_other_over_the_segment(sandbox: Sandbox) -> None:
    assert _ping(sandbox, "hv1", sandbox["hv2"].underlay_address) == 0
    assert _ping(sandbox, "hv2", sandbox["hv1"].underlay_address) == 0


def test_hypervisors_reach_the_controller_and_nothing_of_the_machine(sandbox: Sandbox) -> None:
    assert _ping(sandbox, "hv1", "198.18.0.1") == 0
    routes = json.loads(sandbox["hv1"].do(["ip", "-j", "route"]))
    assert {route["dst"] for route in routes} == {"198.18.0.0/24", "198.18.1.0/24"}


def test_machine_gets_no_link(sandbox: Sandbox) -> None:
    del sandbox  # it runs, that is what matters
    links = subprocess.run(["ip", "-j", "link"], capture_output=True, text=True, check=True)
    names = {link["ifname"] for link in json.loads(links.stdout)}
    assert not names & {"mgmt", "segment", "mgmt1", "mgmt2", "seg1", "seg2", "eth1"}


def test_nics_are_as_a_real_hypervisor_would_have_them(sandbox: Sandbox) -> None:
    links = {link["ifname"]: link for link in json.loads(sandbox["hv2"].do(["ip", "-j", "link"]))}
    assert set(links) == {"lo", "eth0", "eth1", "eth2"}
    for name in ("eth0", "eth1", "eth2"):
        assert links[name]["operstate"] == "UP"
        assert links[name]["mtu"] == 1500
    assert "UP" in links["lo"]["flags"]


def test_links_and_containers_of_one_are_unseen_by_the_other(sandbox: Sandbox) -> None:
    one, two = sandbox["hv1"], sandbox["hv2"]
    one.do(["ip", "link", "add", "br-mine", "type", "bridge"])
    one.do(["ip", "netns", "add", "web"])
    assert "br-mine" in one.do(["ls", "/sys/class/net"])
    assert one.do(["ip", "netns", "list"]).split() == ["web"]
    assert "br-mine" not in two.do(["ls", "/sys/class/net"])
    assert two.do(["ip", "netns", "list"]) == ""
    machine = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert "web" not in machine.stdout
    one.do(["ip", "netns", "delete", "web"])
    one.do(["ip", "link", "delete", "br-mine"])


def test_processes_and_mounts_of_one_are_unseen_outside(sandbox: Sandbox) -> None:
    one, two = sandbox["hv1"], sandbox["hv2"]
    sleeper = one.popen(["sleep", "1000"])
    try:
        assert not set(one.pids()) & set(two.pids())
        assert "sleep 1000" not in two.do(["ps", "-eo", "args"])
        assert "inside.py hold" in one.do(["cat", "/proc/1/cmdline"]).replace("\0", " ")
    finally:
        sleeper.kill()
        sleeper.wait()
    mounts = Path("/proc/self/mounts").read_text()
    assert str(sandbox.base_dir) not in mounts
    assert one.do(["hostname"]).strip() == "hv1"


def test_programs_inside_behave_as_our_own_children(sandbox: Sandbox, tmp_path: Path) -> None:
    one = sandbox["hv1"]
    assert one.run(["sh", "-c", "exit 7"]).returncode == 7
    assert one.run(["no-such-program"], stderr=subprocess.DEVNULL).returncode == 127
    assert one.do(["pwd"]).strip() == os.getcwd()
    trapped = one.popen(
        ["sh", "-c", "trap 'echo asked; exit 3' TERM; echo up; while :; do sleep 0.05; done"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert trapped.stdout is not None
    assert trapped.stdout.readline() == "up\n"
    trapped.send_signal(signal.SIGTERM)
    assert trapped.communicate(timeout=10)[0] == "asked\n"
    assert trapped.returncode == 3
    before = one.pids()
    with one.popen(["sleep", "1000"]) as killed:
        killed.kill()
        assert killed.wait(timeout=10) == -signal.SIGKILL
    assert one.pids() == before


class _Upper(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.read().upper())


def test_a_published_port_reaches_the_machines_loopback(sandbox: Sandbox) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Upper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = sandbox.publish(server.server_address[1])
        assert (host, port) == ("198.18.0.1", server.server_address[1])
        # The answer comes only after our end of file: both directions close one by one.
        program = (
            f"import socket; s = socket.create_connection(('{host}', {port}));"
            "s.sendall(b'a' * 300000); s.shutdown(1);"
            "print(sum(len(c) for c in iter(lambda: s.recv(65536), b'')))"
        )
        assert sandbox["hv2"].do(["python3", "-c", program]).strip() == "300000"
        with pytest.raises(SandboxError, match=f"port {port} cannot be shown at 198.18.0.1"):
            sandbox.publish(port)
        server.shutdown()


def test_an_unpublished_port_is_not_reachable(sandbox: Sandbox) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Upper) as server:
        program = "import socket; socket.create_connection(('198.18.0.1', %d))"
        done = sandbox["hv1"].run(
            ["python3", "-c", program % server.server_address[1]], capture_output=True, text=True
        )
    assert "ConnectionRefusedError" in done.stderr


@pytest.mark.libvirt
def test_each_has_a_libvirt_of_its_own(sandbox: Sandbox) -> None:
    network = "<network><name>only-here</name><bridge name='virbr9'/></network>"
    one, two = sandbox["hv1"], sandbox["hv2"]
    assert one.do(["virsh", "net-list", "--all", "--name"]).strip() == ""
    one.do(["virsh", "net-define", "/dev/stdin"], stdin=network)
    assert one.do(["virsh", "net-list", "--all", "--name"]).strip() == "only-here"
    assert two.do(["virsh", "net-list", "--all", "--name"]).strip() == ""
    assert not Path("/etc/libvirt/qemu/networks/only-here.xml").exists()
    outside = subprocess.run(
        ["virsh", "-c", one.libvirt_uri_outside, "net-list", "--all", "--name"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert outside.stdout.strip() == "only-here"


def test_agent_config_says_what_the_agent_may_touch(sandbox: Sandbox) -> None:
    import yaml

    one = sandbox["hv1"]
    assert yaml.safe_load(one.config_path.read_text()) == {
        "name": "hv1",
        "state_dir": str(one.state_dir),
        "images_dir": str(one.images_dir),
        "protected_nics": ["eth0"],
        "libvirt_uri": "qemu:///system",
    }
    assert one.state_dir.stat().st_mode & 0o777 == 0o700


def test_a_folder_serves_one_sandbox_at_a_time(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match=rf"used by another sandbox \(process {os.getpid()}\)"):
        Sandbox(sandbox.base_dir).start()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("hv",) * 101, "101 hypervisors asked for: 100 of a kind can be had"),
        (("HV",), "hypervisor name 'HV': use 1 to 32 of a-z, 0-9 and -, a letter first"),
        (("a/../b",), "hypervisor name 'a/../b': use 1 to 32 of a-z, 0-9 and -, a letter first"),
        (("a", "a"), "hypervisor names a, a: each name only once"),
    ],
)
def test_wrong_names_are_refused(names: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as refused:
        Sandbox(tmp_path, names)
    assert str(refused.value) == sentence
