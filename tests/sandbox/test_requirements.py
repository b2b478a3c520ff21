"""A machine that lacks something is told what, what will not work, and what to do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tasks.sandbox import Sandbox, SandboxError, requirements


def _without(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    found = shutil.which

    def which(program: str, path: str | None = None) -> str | None:
        return None if program in programs else found(program, path=path)

    monkeypatch.setattr(shutil, "which", which)


def test_not_root_stops_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError) as refused:
        Sandbox(tmp_path).start()
    assert str(refused.value) == (
        "Not running as root. Sandbox hypervisors need network namespaces and mounts of their "
        "own. Start again with sudo."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.kernel
def test_without_iproute2_nothing_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _without(monkeypatch, "ip")
    with pytest.raises(SandboxError, match=r"ip is not installed.*apt-get install iproute2"):
        Sandbox(tmp_path).start()


@pytest.mark.kernel
def test_without_libvirt_containers_still_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _without(monkeypatch, "libvirtd", "virtlogd")
    with Sandbox(tmp_path, ["hv1"]) as sandbox:
        assert [str(finding) for finding in sandbox.missing if finding.libvirt] == [
            f"{program} is not installed. No VM can run; bridges, containers and routers can. "
            "Install it with: apt-get install libvirt-daemon."
            for program in ("libvirtd", "virtlogd")
        ]
        assert not sandbox["hv1"].has_libvirt
        sandbox["hv1"].do(["ip", "netns", "add", "web"])


@pytest.mark.kernel
def test_a_kernel_without_namespaces_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "_failure", lambda argv: "Operation not permitted")
    (finding, *_) = requirements.missing()
    assert finding.stops
    assert "Operation not permitted" in finding.what


@pytest.mark.kernel
def test_findings_agree_with_the_kernel() -> None:
    lacks = {finding.what.split(" (")[0] for finding in requirements.missing()}
    has_vlan = not requirements._failure(
        [
            "unshare",
            "--net",
            "ip",
            "link",
            "add",
            "link",
            "lo",
            "name",
            "x",
            "type",
            "vlan",
            "id",
            "2",
        ]
    )
    assert ("This kernel makes no 802.1Q links" in lacks) is not has_vlan
