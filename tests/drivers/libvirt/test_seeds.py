"""NoCloud seeds: what is in them. A VM that mounts one is in test_libvirt_disks.py."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pycdlib
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.machine.resources import Seed, SeedNic
from designer.wire.codec import seed_from_json, seed_to_json
from tasks.drivers.libvirt_ import seeds

UUID = "6a7d2f0e-2f0b-4d43-9b5c-7d0a4f1d8c11"
SEED = Seed(
    hostname="web",
    user="ann",
    keys=("ssh-ed25519 AAAA ann: #1 'x' \"y\"",),
    nics=(
        SeedNic(
            mac="52:54:00:00:00:01",
            addresses=("10.0.0.2/24", "fd00::2/64"),
            gateways=("10.0.0.1", "fd00::1"),
            dns=("9.9.9.9",),
        ),
        SeedNic(mac="52:54:00:00:00:02", dhcp=True),
    ),
)
NAMES = {"meta-data", "network-config", "user-data"}


def told(seed: Seed) -> dict[str, Any]:
    return {name: yaml.safe_load(text) for name, text in seeds.files(UUID, seed).items()}


def test_what_cloud_init_is_told() -> None:
    found = told(SEED)
    assert set(found) == NAMES
    assert found["meta-data"]["local-hostname"] == "web"
    assert found["network-config"] == {
        "version": 2,
        "ethernets": {
            "card0": {
                "match": {"macaddress": "52:54:00:00:00:01"},
                "dhcp4": False,
                "optional": False,
                "addresses": ["10.0.0.2/24", "fd00::2/64"],
                "routes": [
                    {"to": "0.0.0.0/0", "via": "10.0.0.1"},
                    {"to": "::/0", "via": "fd00::1"},
                ],
                "nameservers": {"addresses": ["9.9.9.9"]},
            },
            "card1": {
                "match": {"macaddress": "52:54:00:00:00:02"},
                "dhcp4": True,
                "optional": True,
            },
        },
    }
    assert seeds.files(UUID, SEED)["user-data"].startswith(b"#cloud-config\n")
    assert found["user-data"] == {
        "hostname": "web",
        "ssh_pwauth": False,
        "users": [
            {
                "name": "ann",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "shell": "/bin/sh",
                "lock_passwd": True,
                "ssh_authorized_keys": list(SEED.keys),
            }
        ],
    }


def test_without_a_user_the_keys_are_for_the_images_own() -> None:
    found = told(replace(SEED, user=""))["user-data"]
    assert found["ssh_authorized_keys"] == list(SEED.keys)
    assert "users" not in found


def test_another_instance_where_anything_is_another_and_only_there() -> None:
    def instance(uuid: str, seed: Seed) -> str:
        return str(yaml.safe_load(seeds.files(uuid, seed)["meta-data"])["instance-id"])

    others = [
        replace(SEED, hostname="db"),
        replace(SEED, user=""),
        replace(SEED, keys=()),
        replace(SEED, nics=SEED.nics[:1]),
    ]
    found = [instance(UUID, one) for one in (SEED, *others)]
    assert len(set(found)) == len(found)
    assert instance(UUID, replace(SEED)) == found[0]
    assert instance("3f0c8f1e-6f3f-4a55-9f3e-0d3b2a1c9e77", SEED) != found[0]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(TEXT, TEXT, TEXT)
def test_no_text_becomes_another_key(hostname: str, user: str, key: str) -> None:
    seed = replace(SEED, hostname=hostname, user=user, keys=(key,))
    found, plain = told(seed), told(replace(SEED, user="u" if user else ""))
    for name in NAMES:
        assert set(found[name]) == set(plain[name])
    assert found["meta-data"]["local-hostname"] == hostname
    assert seed_from_json(seed_to_json(seed)) == seed


def test_names_in_joliet_and_in_rock_ridge(tmp_path: Path) -> None:
    path = tmp_path / "seed.iso"
    seeds.write(path, UUID, SEED)
    image = pycdlib.PyCdlib()
    image.open(str(path))
    joliet = {
        one.file_identifier().decode("utf-16-be")
        for one in image.list_children(joliet_path="/")
        if one.is_file()
    }
    rock_ridge = {
        one.rock_ridge.name().decode() for one in image.list_children(iso_path="/") if one.is_file()
    }
    image.close()
    assert joliet == rock_ridge == NAMES
    assert [one.name for one in tmp_path.iterdir()] == ["seed.iso"]


def test_blkid_knows_its_label(tmp_path: Path) -> None:
    """By which cloud-init finds it."""
    path = tmp_path / "seed.iso"
    seeds.write(path, UUID, SEED)
    label = ["blkid", "-p", "-o", "value", "-s", "LABEL", str(path)]
    assert subprocess.run(label, capture_output=True, text=True).stdout.strip() == "cidata"
