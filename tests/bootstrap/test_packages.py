"""Missing packages are named, with what they are for, and their services are not started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tasks.bootstrap import packages
from tasks.bootstrap.packages import Package
from tasks.bootstrap.shell import Failed

REDIS = Package("redis-server", "carries tasks and events")
VIRSH = Package("libvirt-clients", "virsh, to look at VMs")
NEWER = Package("libvirt-daemon-log", "keeps the logs of VMs", everywhere=False)


class Machine:
    """Stands in for apt, dpkg and systemctl."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.installed = {"libvirt-clients"}
        self.known = {"redis-server", "libvirt-clients"}
        self.ran: list[list[str]] = []
        self.enabled = ""
        self.vlans = True
        self.users = {"root"}
        monkeypatch.setattr(packages, "output", self.output)
        monkeypatch.setattr(packages, "run", self.run)
        monkeypatch.setattr(packages, "_for_this_python", list)
        monkeypatch.setattr(packages, "sudo", lambda: ["sudo"])
        monkeypatch.setattr(packages.shutil, "which", lambda program: f"/bin/{program}")  # type: ignore[attr-defined]

    def output(self, argv: Sequence[str]) -> str:
        if argv[0] == "dpkg-query":
            return "".join(f"{name} installed\n" for name in argv if name in self.installed)
        if argv[0] == "apt-cache":
            return "".join(f"Package: {name}\n" for name in argv if name in self.known)
        if argv[:2] == ["getent", "passwd"]:
            return f"{argv[2]}:x:1:1\n" if argv[2] in self.users else ""
        if argv[-1].startswith("unshare --net ip link add link lo"):
            return "made\n" if self.vlans else "Error: Unknown device type.\n"
        return ""

    def run(self, argv: Sequence[str], *, what: str, env: Mapping[str, str] | None = None) -> None:
        self.ran.append(list(argv))
        if "apt-get" in argv and "install" in argv:
            self.installed.add(argv[-1])


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_nothing_missing_runs_nothing(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.installed.add("redis-server")
    packages.install([REDIS, VIRSH, NEWER])
    assert machine.ran == []
    assert capsys.readouterr().out == ""


def test_each_missing_package_is_named_before_apt_runs(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    packages.install([REDIS, VIRSH, NEWER])
    assert capsys.readouterr().out == (
        "Installing Debian packages:\n  redis-server: carries tasks and events\n"
    )
    assert machine.ran[0] == ["sudo", "apt-get", "update", "-qq"]
    (install,) = [argv for argv in machine.ran if "install" in argv and "apt-get" in argv]
    assert install[-1] == "redis-server"
    assert "--no-install-recommends" in install


def test_without_root_the_names_are_shown(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_sudo() -> list[str]:
        raise Failed("this needs root and there is no sudo: run the same command as root")

    monkeypatch.setattr(packages, "sudo", no_sudo)
    packages.install([REDIS])
    assert machine.ran == []
    assert "redis-server" in capsys.readouterr().out


def test_without_apt_everything_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setattr(packages, "_for_this_python", list)
    packages.install([REDIS, VIRSH])
    assert "redis-server (carries tasks and events), libvirt-clients" in capsys.readouterr().out


def test_libvirtd_finds_the_user_that_it_wants(machine: Machine) -> None:
    packages.make_qemu_user()
    group, user = machine.ran
    assert group == ["sudo", "groupadd", "--system", "libvirt-qemu"]
    assert user[:3] == ["sudo", "useradd", "--system"]
    assert user[-1] == "libvirt-qemu"

    machine.users.add("libvirt-qemu")
    packages.make_qemu_user()
    assert machine.ran == [group, user]


def test_services_are_held_back_while_apt_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "POLICY", policy)
    with packages._no_service_starts([]):
        assert subprocess.run([policy, "redis-server", "start"]).returncode == 101
        assert os.access(policy, os.X_OK)
    assert not policy.exists()

    policy.write_text("the machine's own")
    with packages._no_service_starts([]):
        assert policy.read_text() == "the machine's own"
    assert policy.exists()


def test_a_kernel_with_vlans_needs_no_other(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.known.add("user-mode-linux")
    packages.install_own_kernels()
    assert machine.ran == []
    assert capsys.readouterr().out == ""


def test_a_kernel_without_vlans_gets_one_that_has_them(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.vlans = False
    machine.known.add("user-mode-linux")
    packages.install_own_kernels()
    assert capsys.readouterr().out == (
        "Installing Debian packages:\n"
        "  user-mode-linux: hypervisors with VLANs, which this kernel lacks\n"
    )
    assert machine.ran[-1][-1] == "user-mode-linux"


def test_where_it_cannot_be_had_there_is_a_note_and_no_failure(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.vlans = False
    packages.install_own_kernels()
    assert capsys.readouterr().out == (
        "note: this release has no package user-mode-linux, and this kernel no VLANs: "
        "no design with a VLAN trunk can run here\n"
    )

    def broken(argv: Sequence[str], *, what: str) -> None:
        raise Failed(f"{what}: `apt-get install` failed, see above")

    machine.known.add("user-mode-linux")
    monkeypatch.setattr(packages, "run", broken)
    packages.install_own_kernels()
    assert capsys.readouterr().out.endswith(
        "failed, see above. Without user-mode-linux no design with a VLAN trunk can run here\n"
    )


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("v18.19.0\n", "Node 18.19.0: the front end needs Node 20"), ("", "Node is missing")],
)
def test_an_old_node_is_told(version: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "output", lambda argv: version)
    with pytest.raises(Failed, match=sentence):
        packages.check_node()
