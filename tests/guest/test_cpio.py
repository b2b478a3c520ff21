"""Our archives are read by the tool that defines the format."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tasks.guest.cpio import Archive


def _archive() -> Archive:
    archive = Archive()
    archive.file("bin/tool", b"#!/bin/sh\n", program=True)
    archive.file("etc/deep/er/odd", b"12345")
    archive.link("init", "bin/tool")
    archive.character_device("dev/console", 5, 1)
    return archive


def test_cpio_reads_what_we_write() -> None:
    done = subprocess.run(
        ["cpio", "--list", "--verbose", "--numeric-uid-gid"],
        input=bytes(_archive()),
        capture_output=True,
        check=True,
        env={"TZ": "UTC", "LC_ALL": "C"},
    )
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    seen = {line[8]: (line[0], line[9:]) for line in lines if line[0][0] != "c"}
    assert seen == {
        "bin": ("drwxr-xr-x", []),
        "bin/tool": ("-rwxr-xr-x", []),
        "dev": ("drwxr-xr-x", []),
        "etc": ("drwxr-xr-x", []),
        "etc/deep": ("drwxr-xr-x", []),
        "etc/deep/er": ("drwxr-xr-x", []),
        "etc/deep/er/odd": ("-rw-r--r--", []),
        "init": ("lrwxrwxrwx", ["->", "bin/tool"]),
    }
    (device,) = [line for line in lines if line[0][0] == "c"]
    assert (device[4], device[5], device[-1]) == ("5,", "1", "dev/console")


def test_contents_come_back(tmp_path: Path) -> None:
    archive = Archive()
    archive.file("a/b", b"x" * 1001)
    archive.file("a/c", b"")
    subprocess.run(["cpio", "--extract", "--quiet"], input=bytes(archive), cwd=tmp_path, check=True)
    assert (tmp_path / "a/b").read_bytes() == b"x" * 1001
    assert (tmp_path / "a/c").read_bytes() == b""


def test_order_of_adding_does_not_show() -> None:
    backwards = Archive()
    backwards.character_device("dev/console", 5, 1)
    backwards.link("init", "bin/tool")
    backwards.file("etc/deep/er/odd", b"12345")
    backwards.file("bin/tool", b"#!/bin/sh\n", program=True)
    assert bytes(backwards) == bytes(_archive())
    backwards.file("etc/deep/er/odd", b"12346")
    assert bytes(backwards) != bytes(_archive())
