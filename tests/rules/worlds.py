"""Where a golden design is placed: a placement and inventories, as YAML beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.files import parse
from designer.machine.images import LibraryImage
from designer.machine.state import Inventory, NetworkFacts, NicFacts
from designer.rules.loads import Load, Room


@dataclass(frozen=True)
class World:
    placement: Mapping[str, str]
    inventories: Mapping[str, Inventory]
    free_names: Mapping[str, list[str]]
    free_subnets: Mapping[str, list[str]]
    vnis: Mapping[str, int]
    library: Mapping[str, LibraryImage]
    room: Room


def read_world(design: Path) -> World:
    """The world of a design file: NAME.world.yaml beside NAME.yaml."""
    told = parse(design.with_suffix(".world.yaml").read_text("utf-8"))
    return World(
        placement=told["placement"],
        inventories={name: _inventory(name, one) for name, one in told["inventories"].items()},
        free_names=told.get("free_names", {}),
        free_subnets=told.get("free_subnets", {}),
        vnis=told.get("vnis", {}),
        room=_room(told.get("room", {})),
        library={
            name: LibraryImage(name=name, **one) for name, one in told.get("library", {}).items()
        },
    )


def _room(told: Mapping[str, Any]) -> Room:
    return Room(
        taken={name: Load(**one) for name, one in told.get("taken", {}).items()},
        limit=Load(**told["limit"]) if "limit" in told else None,
        used=Load(**told.get("used", {})),
        users=tuple(told.get("users", ())),
    )


def _inventory(name: str, told: Mapping[str, Any]) -> Inventory:
    nics = [{**nic, "addresses": tuple(nic["addresses"])} for nic in told["nics"]]
    networks = [{**one, "addresses": tuple(one["addresses"])} for one in told.get("networks", ())]
    return Inventory(
        name=name,
        features=dict.fromkeys(told["features"], True),
        nics=tuple(NicFacts(**nic) for nic in nics),
        links=tuple(told["links"]),
        subnets=tuple(told["subnets"]),
        images=tuple(told["images"]),
        listening=tuple(told.get("listening", ())),
        dropping=tuple(told.get("dropping", ())),
        bridges_call=told.get("bridges_call", False),
        networks=tuple(NetworkFacts(**one) for one in networks),
        loadable=tuple(told.get("loadable", ())),
        memory=told["memory"],
        vcpus=told["vcpus"],
        confirm_within=told.get("confirm_within", 0),
        library=tuple(told.get("library", ())),
        disks=told.get("disks", {}),
        disk_free=told.get("disk_free"),
    )
