"""The guest agent in the guest: what comes along, and that the guest still boots without it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.guest import agent, build, disk, initramfs, kernel
from tests.guest.reading import names_in

KERNEL = kernel.Kernel("1.2.3", b"", {"button": b"x"}, ["button"], {})


def test_it_comes_with_every_library_that_it_needs(tmp_path: Path) -> None:
    """Run with nothing else around it, by the loader that comes along."""
    program = agent.program()
    assert program is not None, "apt-get install qemu-guest-agent"
    files = agent.files(program)
    assert files is not None
    for place, content in files.items():
        target = tmp_path / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o755)
    done = subprocess.run(
        ["unshare", "--root", tmp_path, "/bin/qemu-ga", "--version"], capture_output=True, text=True
    )
    assert done.stdout.startswith("QEMU Guest Agent"), done.stderr


def test_a_machine_without_it_builds_a_guest_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agent.PLACE in names_in(initramfs.pack(KERNEL))
    monkeypatch.setattr(agent, "program", lambda: None)
    without = names_in(initramfs.pack(KERNEL))
    assert agent.PLACE not in without
    assert "etc/rc" in without


def test_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "program", lambda: None)
    monkeypatch.setattr(kernel, "fetch", lambda _: replace(KERNEL, image=b"none" * 256))
    monkeypatch.setattr(disk, "missing_programs", lambda: ["mtools"])
    said: list[str] = []
    build(tmp_path, said.append)
    assert any("apt-get install qemu-guest-agent" in words for words in said)


def test_a_program_whose_libraries_are_missing_is_left_out(tmp_path: Path) -> None:
    script = tmp_path / "qemu-ga"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    assert agent.files(script) is None
