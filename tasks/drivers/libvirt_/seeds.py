"""NoCloud seeds: what cloud-init in a VM finds on a volume called ``cidata``.

The files: https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html; the keys of
user-data: its module reference; network-config version 2: its reference of that name. Made as data
and written by a YAML dumper, so that no name or key can become another key.
"""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pycdlib
import yaml

from designer.machine.resources import Seed, SeedNic

LABEL = "cidata"


def files(uuid: str, seed: Seed) -> dict[str, bytes]:
    """The three files by name. The instance is the VM and what it is told: cloud-init does its
    work anew where that changed, and only there."""
    network = _network(seed)
    user = _user(seed)
    told = json.dumps([seed.hostname, user, network], sort_keys=True)
    digest = hashlib.sha256(f"{uuid}\n{told}".encode()).hexdigest()
    meta = {"instance-id": f"trunkline-{digest[:32]}", "local-hostname": seed.hostname}
    return {
        "meta-data": _yaml(meta),
        "network-config": _yaml(network),
        "user-data": b"#cloud-config\n" + _yaml(user),
    }


def write(path: Path, uuid: str, seed: Seed) -> None:
    """The seed as an ISO 9660 image with the names in Joliet and in Rock Ridge; whole or not at
    all. Raises OSError."""
    image = pycdlib.PyCdlib()
    image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    try:
        for name, content in files(uuid, seed).items():
            plain = name.replace("-", "").upper()  # what level 1 names may hold
            image.add_fp(
                BytesIO(content),
                len(content),
                f"/{plain}.;1",
                rr_name=name,
                joliet_path=f"/{name}",
                file_mode=0o100444,
            )
        new = path.with_name(f"{path.name}.new")
        image.write(str(new))
    finally:
        image.close()
    new.replace(path)


def _user(seed: Seed) -> dict[str, Any]:
    told: dict[str, Any] = {"hostname": seed.hostname, "ssh_pwauth": False}
    if seed.user:
        told["users"] = [
            {
                "name": seed.user,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "shell": "/bin/sh",
                "lock_passwd": True,
                "ssh_authorized_keys": list(seed.keys),
            }
        ]
    elif seed.keys:
        told["ssh_authorized_keys"] = list(seed.keys)
    return told


def _network(seed: Seed) -> dict[str, Any]:
    cards = {f"card{number}": _card(nic) for number, nic in enumerate(seed.nics)}
    return {"version": 2, "ethernets": cards}


def _card(nic: SeedNic) -> dict[str, Any]:
    """Known by its MAC; the boot does not wait for a lease that may never come."""
    told: dict[str, Any] = {
        "match": {"macaddress": nic.mac.lower()},
        "dhcp4": nic.dhcp,
        "optional": nic.dhcp,
    }
    if nic.addresses:
        told["addresses"] = list(nic.addresses)
    if nic.gateways:
        told["routes"] = [{"to": _everywhere(one), "via": one} for one in nic.gateways]
    if nic.dns:
        told["nameservers"] = {"addresses": list(nic.dns)}
    return told


def _everywhere(gateway: str) -> str:
    return "::/0" if ":" in gateway else "0.0.0.0/0"


def _yaml(value: Any) -> bytes:
    return yaml.safe_dump(value, sort_keys=True, allow_unicode=True, width=10_000).encode()
