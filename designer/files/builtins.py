"""The built-in labs: design files beside this one, with where things stand in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from designer.files.json_text import read_json
from designer.files.text import load
from designer.topology.design import Design

ORDER = (
    "two-containers",
    "veth-into-bridge-1",
    "veth-into-bridge-2",
    "two-vms",
    "vms-on-the-lan",
    "nat",
    "virbr0",
    "port-forward",
    "isolated",
    "moving-vm",
    "vxlan",
    "vlan-one-host",
    "vlan-trunk",
    "vlan-gateway",
    "vlan-aware",
    "vlan-mixed",
    "vlan-same-addresses",
    "stp-on",
    "stp-off",
    "campus",
)
"""From the easiest on."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """A lab that comes with Trunkline. ``looks`` is where its nodes stand, by ref."""

    slug: str
    title: str
    design: Design
    looks: Mapping[str, Mapping[str, Any]]


@cache
def builtin() -> Sequence[Builtin]:
    """Every built-in lab, in the order in which a student would take them."""
    return tuple(_read(slug) for slug in ORDER)


def _read(slug: str) -> Builtin:
    folder = files("designer.files") / "builtin"
    design = load((folder / f"{slug}.yaml").read_text("utf-8"))
    looks = read_json((folder / f"{slug}.looks.json").read_text("utf-8"))
    return Builtin(slug, design.name, design, looks)
