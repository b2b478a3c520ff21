"""Hypervisors with kernels of their own: as good as those made of namespaces, and VLANs besides."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.sandbox import (
    Hypervisor,
    Sandbox,
    SandboxError,
    UserModeHypervisor,
    UserModeMachine,
    addresses,
    requirements,
)
from tasks.sandbox import __main__ as command_line
from tasks.sandbox.user_mode import kernel, machine
from tests.e2e.product import Product, eventually
from tests.e2e.session import Session

needs_kernel = pytest.mark.skipif(
    not kernel.MODULES.is_dir(), reason="user-mode-linux is not installed"
)
pytestmark = [pytest.mark.kernel, pytest.mark.own_kernel]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    with Sandbox(folder, ["hv1"], user_mode=["uml1", "uml2"]) as running:
        yield running


@pytest.fixture
def one(sandbox: Sandbox) -> Hypervisor:
    return sandbox["uml1"]


@pytest.fixture
def two(sandbox: Sandbox) -> Hypervisor:
    return sandbox["uml2"]


def _reaches(hypervisor: Hypervisor, address: str) -> bool:
    argv = ["ping", "-n", "-c", "1", "-W", "2", address]
    return hypervisor.run(argv, stdout=subprocess.DEVNULL).returncode == 0


# Commands into it


@needs_kernel
def test_a_program_inside_is_as_one_of_our_own(one: Hypervisor) -> None:
    done = one.run(
        ["sh", "-c", "cat; pwd; echo $COLOUR; echo wrong >&2; exit 7"],
        input="said\n",
        text=True,
        capture_output=True,
        cwd="/usr/lib",
        env={**os.environ, "COLOUR": "blue"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "said\n/usr/lib\nblue\n", "wrong\n")
    together = one.run(
        ["sh", "-c", "echo 1; echo 2 >&2; echo 3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert together.stdout == b"1\n2\n3\n"
    missing = one.run(["no-such-program"], stderr=subprocess.PIPE)
    assert missing.returncode == 127
    assert missing.stderr == b"no-such-program: No such file or directory\n"
    assert one.run(["/etc"], stderr=subprocess.DEVNULL).returncode == 126
    assert one.run(["sh", "-c", "kill -TERM $$"]).returncode == -signal.SIGTERM
    with pytest.raises(SandboxError, match="uml1: `sh -c echo no; exit 1` failed: no"):
        one.do(["sh", "-c", "echo no; exit 1"])


@needs_kernel
def test_much_goes_both_ways_at_once(one: Hypervisor) -> None:
    much = os.urandom(5_000_000)
    assert one.run(["cat"], input=much, stdout=subprocess.PIPE, timeout=120).stdout == much


@needs_kernel
def test_signals_reach_the_program_and_its_end_reaches_us(one: Hypervisor) -> None:
    trapped = one.popen(
        ["sh", "-c", "trap 'echo asked; exit 3' TERM; echo up; while :; do sleep 0.05; done"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert trapped.stdout is not None
    assert trapped.stdout.readline() == "up\n"
    trapped.send_signal(signal.SIGTERM)
    assert trapped.communicate(timeout=20)[0] == "asked\n"
    assert trapped.returncode == 3
    before = set(one.pids())
    with pytest.raises(subprocess.TimeoutExpired):
        one.run(["sleep", "1000"], timeout=1)
    eventually(
        lambda: "sleep 1000" not in one.do(["ps", "-eo", "args"]), what="the end of what took long"
    )
    assert 1 in before


@needs_kernel
def test_a_child_left_behind_lives_on(one: Hypervisor) -> None:
    """As daemons do: their parent has ended, and they keep its output."""
    script = "(sleep 0.3; echo late; touch /tmp/lived) & echo early"
    done = one.run(["sh", "-c", script], stdout=subprocess.PIPE)
    assert done.stdout == b"early\n"
    eventually(lambda: one.run(["test", "-e", "/tmp/lived"]).returncode == 0, what="the orphan")
    one.do(["rm", "/tmp/lived"])


@needs_kernel
def test_nobody_runs_anything_without_the_secret(one: Hypervisor) -> None:
    secret = one.path / "channel.secret"
    right = secret.read_text()
    assert secret.stat().st_mode & 0o777 == 0o600
    secret.write_text("0" * len(right))
    try:
        assert one.run(["touch", "/tmp/mine"]).returncode == -signal.SIGKILL
    finally:
        secret.write_text(right)
    assert one.run(["test", "-e", "/tmp/mine"]).returncode == 1


# Files


@needs_kernel
def test_the_real_machine_is_never_written(one: Hypervisor, tmp_path: Path) -> None:
    for folder in ("/usr", "/root", "/opt", str(Path.cwd()), str(Path(machine.__file__).parent)):
        done = one.run(["touch", f"{folder}/from-inside"], capture_output=True, text=True)
        assert "Read-only file system" in done.stderr, folder
        assert not Path(folder, "from-inside").exists()
    for folder in ("/etc", "/var", "/run", "/tmp", "/dev/shm"):
        one.do(["touch", f"{folder}/from-inside"])
        assert not Path(folder, "from-inside").exists()
        one.do(["rm", f"{folder}/from-inside"])
    assert one.run(["rm", "/etc/hostname"]).returncode in (0, 1)
    assert Path("/etc/hostname").exists()


@needs_kernel
def test_its_own_folder_is_on_the_real_disk(one: Hypervisor) -> None:
    one.do(["sh", "-c", f"echo kept > {one.state_dir}/note"])
    assert (one.state_dir / "note").read_text() == "kept\n"
    (one.state_dir / "note").write_text("answered\n")
    assert one.do(["cat", f"{one.state_dir}/note"]) == "answered\n"
    (one.state_dir / "note").unlink()


# Network


@needs_kernel
def test_its_nics_are_as_a_real_hypervisor_would_have_them(one: Hypervisor) -> None:
    links = {link["ifname"]: link for link in json.loads(one.do(["ip", "-j", "address"]))}
    assert set(links) == {"lo", "eth0", "eth1", "eth2"}  # what carries commands is not seen
    assert links["eth2"]["addr_info"] == []
    for name, address in (("eth0", one.mgmt_address), ("eth1", one.underlay_address)):
        assert links[name]["mtu"] == 1500
        assert {"UP", "LOWER_UP"} <= set(links[name]["flags"])
        assert links[name]["addr_info"][0]["local"] == address


@needs_kernel
def test_both_kinds_are_on_one_wire(sandbox: Sandbox, one: Hypervisor, two: Hypervisor) -> None:
    plain = sandbox["hv1"]
    assert _reaches(one, two.underlay_address)
    assert _reaches(one, plain.underlay_address)
    assert _reaches(plain, two.underlay_address)
    assert _reaches(two, addresses.CONTROLLER)


@needs_kernel
def test_tagged_frames_reach_their_vlan_and_no_other(
    sandbox: Sandbox, one: Hypervisor, two: Hypervisor
) -> None:
    for hypervisor, host in ((one, 1), (two, 2)):
        assert "8021q" not in hypervisor.do(["lsmod"])  # the plan is to load it
        hypervisor.do(["modprobe", "8021q"])
        for vlan, number in ((10, host), (20 + host, host + 2)):
            hypervisor.in_network(
                ["ip", "-batch", "-"],
                stdin=f"link add link eth1 name eth1.{vlan} type vlan id {vlan}\n"
                f"address add 10.9.0.{number}/24 dev eth1.{vlan}\n"
                f"link set eth1.{vlan} up\n",
            )
    capture = [
        *("nsenter", f"--net={sandbox.switch.netns_path}"),
        *("tcpdump", "-n", "-e", "-l", "-c", "1", "-i", "segment", "vlan 10 and icmp"),
    ]
    with subprocess.Popen(
        capture, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as dump:
        assert dump.stderr is not None
        while "listening" not in dump.stderr.readline():
            assert dump.poll() is None
        try:
            assert _reaches(one, "10.9.0.2")
            assert "vlan 10, p 0, ethertype IPv4" in dump.communicate(timeout=20)[0]
        finally:
            dump.kill()
    # The largest frame that the NIC carries, tag and all.
    full = ["ping", "-n", "-c", "1", "-W", "2", "-M", "do", "-s", "1472", "10.9.0.2"]
    assert one.run(full, stdout=subprocess.DEVNULL).returncode == 0
    other_vlan = ["ping", "-n", "-c", "1", "-W", "1", "-I", "eth1.21", "10.9.0.4"]
    assert one.run(other_vlan, stdout=subprocess.DEVNULL).returncode == 1
    for hypervisor, host in ((one, 1), (two, 2)):
        for vlan in (10, 20 + host):
            hypervisor.do(["ip", "link", "delete", f"eth1.{vlan}"])


# libvirt and the agent


@needs_kernel
@pytest.mark.libvirt
def test_its_libvirt_starts_a_vm(one: Hypervisor) -> None:
    domain = (
        "<domain type='qemu'><name>tiny</name><memory unit='MiB'>32</memory>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )
    one.do(["virsh", "create", "/dev/stdin"], stdin=domain, timeout=240)
    assert one.do(["virsh", "list", "--name"]).split() == ["tiny"]
    one.do(["virsh", "destroy", "tiny"])


@needs_kernel
@pytest.mark.libvirt
@pytest.mark.timeout(600)
def test_its_agent_is_connected_and_says_what_it_can(product: Product) -> None:
    (hypervisor,) = product.user_mode(1)
    assert product.user_mode(1) == [hypervisor]
    [agent] = [one for one in product.up.agents if one.hypervisor is hypervisor]
    assert agent.is_ready()
    assert agent.ended() is None
    session = Session(product.url, product.login["username"], product.login["password"])
    [row] = [row for row in session.get("/api/hypervisors") if row["name"] == hypervisor.name]
    assert row["connected"]
    assert row["inventory"]["features"]["8021q"]
    assert row["inventory"]["features"]["bridge"]
    assert {nic["name"] for nic in row["inventory"]["nics"]} == {"eth0", "eth1", "eth2"}


# Its ends


@needs_kernel
@pytest.mark.libvirt
def test_cut_off_it_comes_back_with_its_files(sandbox: Sandbox, two: Hypervisor) -> None:
    assert isinstance(two, UserModeHypervisor)
    two.do(["sh", "-c", f"echo kept > {two.state_dir}/note; touch /etc/forgotten"])
    sleeper = two.popen(["sh", "-c", "echo up; sleep 1000"], stdout=subprocess.PIPE)
    assert sleeper.stdout is not None
    assert sleeper.stdout.readline() == b"up\n"
    os.kill(two.kernel_pid, signal.SIGKILL)
    sleeper.communicate(timeout=20)
    assert sleeper.returncode == -signal.SIGKILL
    eventually(lambda: not two.running, what="its end")
    assert sandbox["uml1"].running
    sandbox.reboot("uml2")
    assert two.do(["cat", f"{two.state_dir}/note"]) == "kept\n"
    assert two.run(["test", "-e", "/etc/forgotten"]).returncode == 1
    assert two.do(["virsh", "list", "--all", "--name"]).strip() == ""
    assert _reaches(two, sandbox["uml1"].underlay_address)


@needs_kernel
def test_more_come_while_the_others_run(sandbox: Sandbox) -> None:
    third = sandbox.add_user_mode("uml3")
    try:
        assert sandbox["uml3"] is third
        assert _reaches(third, sandbox["uml1"].underlay_address)
        with pytest.raises(SandboxError, match="each name only once"):
            sandbox.add_user_mode("uml3")
    finally:
        third.stop()
        sandbox.hypervisors.remove(third)


_SUPERVISOR = """
import sys, time
from pathlib import Path
from tasks.sandbox import Sandbox

sandbox = Sandbox(Path(sys.argv[1]), [], user_mode=["uml1"])
sandbox.start()
sandbox["uml1"].popen(["sleep", "1000"])
print("up", flush=True)
time.sleep(1000)
"""


def _of(part: str) -> list[int]:
    """Processes with this in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                words = Path(f"/proc/{entry}/cmdline").read_bytes()
            except OSError:
                continue
            if part.encode() in words:
                found.append(int(entry))
    return found


@needs_kernel
@pytest.mark.libvirt
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_supervisor_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    places = (Path.home() / ".uml", Path("/run/netns"), temporary)

    def seen() -> list[object]:
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout
        files = [sorted(place.iterdir()) if place.is_dir() else [] for place in places]
        files.append(sorted(Path("/dev/shm").glob("vm_file*")))  # databases have theirs there
        return [Path("/proc/self/mounts").read_text(), links, files]

    before = seen()
    argv = [sys.executable, "-c", _SUPERVISOR, str(tmp_path / "sandbox")]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == "up\n"
        assert _of(str(tmp_path))
        holders = f"inside.py\0hold\0{supervisor.pid}\0"
        assert len(_of(holders)) >= 2  # of the switch and of the hypervisor
        supervisor.send_signal(number)
        supervisor.wait(timeout=20)
    eventually(lambda: not _of(str(tmp_path)) + _of(holders), what="the end of every process")
    assert seen() == before


@needs_kernel
def test_a_kernel_that_does_not_boot_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho no memory for me\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(machine, "find_kernel", lambda: (str(program), kernel.find_kernel()[1]))
    broken = UserModeMachine("broken", tmp_path / "broken-one")
    with pytest.raises(SandboxError) as failed:
        broken.start()
    assert str(failed.value) == "broken ended while it booted:\n    no memory for me"
    assert not broken.running
    assert _of(str(tmp_path / "broken-one")) == []


# What this machine has


def test_without_user_mode_linux_the_package_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kernel, "MODULES", tmp_path / "none")
    monkeypatch.setattr(requirements, "vlan_failure", lambda: "Unknown device type")
    [finding] = requirements._missing_vlans()
    assert not finding.stops
    assert str(finding) == (
        "This kernel makes no 802.1Q links (Unknown device type). A design with a VLAN trunk is "
        "refused. Use a kernel with that module, or have hypervisors with kernels of their own: "
        "apt-get install user-mode-linux."
    )
    assert not requirements.wants_user_mode()
    with pytest.raises(SandboxError, match="apt-get install user-mode-linux"):
        UserModeMachine("one", tmp_path / "one").start()


@pytest.mark.parametrize(
    ("wanted", "asked", "counts"),
    [
        (True, (None, None), (2, 3)),
        (False, (None, None), (3, 0)),
        (True, (3, None), (3, 3)),
        (True, (None, 0), (3, 0)),
        (False, (1, 4), (1, 4)),
    ],
)
def test_how_many_there_are(
    wanted: bool,
    asked: tuple[int | None, int | None],
    counts: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requirements, "wants_user_mode", lambda: wanted)
    plain, user_mode = command_line.hypervisors(*asked)
    assert (len(plain), len(user_mode)) == counts
    assert set(plain) | set(user_mode) == {
        *(f"hv{n}" for n in range(1, counts[0] + 1)),
        *(f"uml{n}" for n in range(1, counts[1] + 1)),
    }


def test_fifty_have_addresses_of_their_own(tmp_path: Path) -> None:
    plain = [f"hv{n}" for n in range(1, 26)]
    sandbox = Sandbox(tmp_path, plain, user_mode=[f"uml{n}" for n in range(1, 26)])
    for attribute in ("mgmt_address", "underlay_address"):
        values = {getattr(one, attribute) for one in sandbox.hypervisors}
        assert len(values) == 50
        assert all(int(value.rpartition(".")[2]) < 255 for value in values)


def test_what_nobody_holds_does_not_run(tmp_path: Path) -> None:
    off = UserModeMachine("off", tmp_path)
    off.stop()
    assert not off.running
    with pytest.raises(SandboxError, match=r"off is not running: call start\(\) first"):
        off.run(["true"])
