"""However a sandbox ends, nothing of it is left; and it comes back as after a power cut."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.sandbox import NamespaceHypervisor, Sandbox

pytestmark = [pytest.mark.kernel, pytest.mark.libvirt]

_SUPERVISOR = """
import sys, threading, time
from pathlib import Path
from tasks.sandbox import Sandbox

sandbox = Sandbox(Path(sys.argv[1]))
starter = threading.Thread(target=sandbox.start)   # its end must not be taken for ours
starter.start()
starter.join()
one = sandbox["hv1"]
one.do(["ip", "netns", "add", "web"])
one.do(["ip", "link", "add", "br0", "type", "bridge"])
one.popen(["sleep", "1000"])
sandbox.publish(9)
time.sleep(0.3)
print(*[machine.init_pid for machine in (*sandbox.hypervisors, sandbox.switch)], flush=True)
time.sleep(1000)
"""

_DOMAIN = (
    "<domain type='qemu'><name>kept</name><memory unit='MiB'>32</memory>"
    "<os><type arch='x86_64'>hvm</type></os></domain>"
)


def _namespaces(pids: list[int]) -> set[str]:
    return {os.readlink(f"/proc/{pid}/ns/{kind}") for pid in pids for kind in ("pid", "net", "mnt")}


def _everywhere() -> set[str]:
    """Every namespace some process of the machine is in."""
    found: set[str] = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found |= _namespaces([int(entry)])
            except OSError:
                continue
    return found


def _naming(folder: Path) -> list[int]:
    """Processes whose command line or environment names the folder."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                words = Path(f"/proc/{entry}/cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(int(entry))
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_supervisor_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    mounts = Path("/proc/self/mounts").read_text()
    argv = [sys.executable, "-c", _SUPERVISOR, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        inits = [int(pid) for pid in supervisor.stdout.readline().split()]
        assert len(inits) == 3
        made = _namespaces(inits)
        assert len(made) == 9
        assert made <= _everywhere()
        supervisor.send_signal(number)
        supervisor.wait(timeout=10)
    deadline = time.monotonic() + 10
    while (_naming(tmp_path) or made & _everywhere()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _naming(tmp_path) == []
    assert made & _everywhere() == set()
    assert Path("/proc/self/mounts").read_text() == mounts
    with Sandbox(tmp_path) as again:  # the folder is free, and what was left in it is no trouble
        assert again["hv1"].do(["ip", "netns", "list"]) == ""


def test_stop_leaves_nothing_and_files_stay_on_request(tmp_path: Path) -> None:
    first = Sandbox(tmp_path, ["hv1"])
    first.start()
    one = first["hv1"]
    assert isinstance(one, NamespaceHypervisor)
    made = _namespaces([one.init_pid, first.switch.init_pid])
    first["hv1"].do(["virsh", "define", "/dev/stdin"], stdin=_DOMAIN)
    (first["hv1"].state_dir / "credential.json").write_text("{}")
    first.stop()
    first.stop()
    assert made & _everywhere() == set()
    assert _naming(tmp_path) == []

    with Sandbox(tmp_path, ["hv1"], fresh=False) as rebooted:
        assert rebooted["hv1"].do(["virsh", "list", "--all", "--name"]).strip() == "kept"
        assert (rebooted["hv1"].state_dir / "credential.json").exists()
    with Sandbox(tmp_path, ["hv1"]) as emptied:
        assert emptied["hv1"].do(["virsh", "list", "--all", "--name"]).strip() == ""
        assert not (emptied["hv1"].state_dir / "credential.json").exists()


def test_a_vm_runs_on_while_libvirtd_restarts(tmp_path: Path) -> None:
    with Sandbox(tmp_path, ["hv1"]) as sandbox:
        one = sandbox["hv1"]
        one.do(["virsh", "create", "/dev/stdin"], stdin=_DOMAIN)
        one.stop_libvirt()
        assert one.run(["virsh", "list"], capture_output=True).returncode != 0
        one.start_libvirt()
        assert one.do(["virsh", "list", "--name"]).strip() == "kept"


def test_one_hypervisor_may_die_alone(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        sandbox["hv1"].stop()
        assert not sandbox["hv1"].running
        assert sandbox["hv2"].running
        assert sandbox["hv2"].do(["virsh", "list", "--name"]).strip() == ""
