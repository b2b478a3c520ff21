"""Every record of a trunk has a status: of what is made for it, or of what goes over it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from designer.compiler import compile_design
from designer.deploy.origins import origins_of
from designer.files import load
from designer.machine.resources import Vlan
from designer.machine.state import MachineState
from designer.planner import Status, statuses
from designer.rules.view import view_of
from tests.rules.worlds import read_world

CASES = Path(__file__).parents[1] / "compiler" / "cases"
LAB = "lab12345"


def told(case: str, hypervisor: str, *, lacks: str = "-", down: str = "-") -> dict[str, Status]:
    """The statuses on a hypervisor that has all but one link, and one without carrier."""
    path = CASES / f"{case}.yaml"
    design, world = load(path.read_text("utf-8")), read_world(path)
    compiled = compile_design(
        design,
        lab=LAB,
        placement=world.placement,
        inventories=world.inventories,
        vnis=world.vnis,
    )
    wanted = compiled.states[hypervisor]
    there = MachineState.of(
        replace(one, running=False) if isinstance(one, Vlan) and one.name == down else one
        for one in wanted
        if getattr(one, "name", "") != lacks
    )
    return statuses(wanted, there, LAB, origins_of(compiled, hypervisor, view_of(design)))


@pytest.mark.parametrize(
    ("case", "refs"),
    [
        (
            "trunk",
            "nodes/t1 nodes/nic1 nodes/lan links/nic1-t1 links/nic1-lan links/t1-br10 "
            "links/t1-br99 links/t1-c2 interfaces/t1:30 interfaces/c2:eth0",
        ),
        (
            "trunk-aware",
            "nodes/t1 nodes/nic1 nodes/lan links/nic1-t1 links/nic1-lan links/t1-br1",
        ),
    ],
)
def test_all_is_well_with_a_trunk(case: str, refs: str) -> None:
    found = told(case, "hv1")
    assert {ref: found[ref].state for ref in refs.split()} == dict.fromkeys(refs.split(), "ok")


def test_a_missing_sub_interface_shows_at_its_link_and_at_the_trunk() -> None:
    found = told("trunk", "hv1", lacks="vl10")
    assert found["links/t1-br10"].state == "absent"
    assert {found[ref].state for ref in ("nodes/t1", "nodes/nic1", "nodes/lan")} == {"drift"}
    assert "vl10" in found["nodes/t1"].detail
    assert found["links/t1-c2"].state == "ok"


def test_a_sub_interface_without_carrier_names_its_card() -> None:
    found = told("trunk", "hv1", down="vl10")
    assert found["links/t1-br10"].state == "degraded"
    assert "eth1" in found["links/t1-br10"].detail
    assert found["links/t1-br10"].facts["vlan"] == 10
    assert found["interfaces/c2:eth0"].state == "ok"
