"""Disk images made by the real qemu-img, good ones and hostile ones."""

from __future__ import annotations

import subprocess
from pathlib import Path


def qemu_img(*words: str | Path) -> None:
    subprocess.run(["qemu-img", *map(str, words)], check=True, capture_output=True)


def qcow2(path: Path, size: str = "64M", *options: str) -> Path:
    qemu_img("create", "-q", "-f", "qcow2", *options, path, size)
    return path


def raw(path: Path, size: int = 1 << 20) -> Path:
    path.write_bytes(b"\xeb\x63\x90" + bytes(size - 3))
    return path


def hostile(folder: Path) -> dict[str, tuple[Path, str]]:
    """By name: a file, and a word of the answer that it must get."""
    whole = raw(folder / "whole.raw")
    base = qcow2(folder / "base.qcow2")
    made: dict[str, tuple[Path, str]] = {}

    def add(name: str, words: str) -> Path:
        path = folder / name
        made[name] = (path, words)
        return path

    backing = ("-b", str(base), "-F", "qcow2")
    qcow2(add("over-a-backing-file", "backing file"), "64M", *backing)
    qcow2(add("over-a-raw-file", "backing file"), "1M", "-b", str(whole), "-F", "raw")
    secret = qcow2(
        add("over-a-secret", "backing file"), "1M", "-u", "-b", "/etc/shadow", "-F", "raw"
    )
    assert b"/etc/shadow" in secret.read_bytes()
    json_name = 'json:{"driver":"file","filename":"/etc/shadow"}'
    qcow2(add("over-json", "backing file"), "1M", "-u", "-b", json_name, "-F", "raw")
    qcow2(add("over-a-network", "backing file"), "1M", "-u", "-b", "nbd://10.0.0.1/x", "-F", "raw")
    data = folder / "data.raw"
    qcow2(add("data-file", "another file"), "1M", "-o", f"data_file={data}")
    qcow2(add("data-file-raw", "another file"), "1M", "-o", f"data_file={data},data_file_raw=on")
    qcow2(add("old-with-a-backing-file", "backing file"), "64M", "-o", "compat=0.10", *backing)
    for format in ("vmdk", "vdi", "vpc", "vhdx", "qed", "parallels", "qcow"):
        qemu_img("create", "-q", "-f", format, add(format, "qcow2 or raw"), "4M")
    vpc = add("vpc-fixed", "VHD")
    qemu_img("create", "-q", "-f", "vpc", "-o", "subformat=fixed", vpc, "4M")
    # By hand: qemu-img times its key's derivation first, and gives up on a machine that is busy.
    add("luks", "LUKS").write_bytes(b"LUKS\xba\xbe\x00\x01" + bytes(1016))
    descriptor = b'# Disk DescriptorFile\nversion=1\nRW 8 FLAT "/etc/shadow" 0\n'
    add("vmdk-descriptor", "VMDK").write_bytes(descriptor.ljust(1024, b"\n"))
    add("gzip", "gzip").write_bytes(b"\x1f\x8b\x08" + bytes(509))
    add("text", "512").write_bytes(b"not a disk at all")
    head = bytearray(base.read_bytes())
    add("cut-off", "Copy").write_bytes(head[:90])
    encrypted = head.copy()
    encrypted[32:36] = (2).to_bytes(4, "big")  # crypt_method: LUKS
    add("encrypted", "encrypted").write_bytes(encrypted)
    huge = head.copy()
    huge[24:32] = (1 << 62).to_bytes(8, "big")
    add("huge", "would have").write_bytes(huge)
    corrupt = head.copy()
    corrupt[79] |= 2
    add("corrupt", "corrupt").write_bytes(corrupt)
    unknown = head.copy()
    unknown[72] |= 0x80
    add("unknown-feature", "not known").write_bytes(unknown)
    tables = head.copy()
    tables[36:40] = (0xFFFFFFFF).to_bytes(4, "big")  # an L1 table of 32 GB
    add("heavy-table", "qemu-img").write_bytes(tables)
    return made
