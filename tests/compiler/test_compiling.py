"""Designs and where they are placed, beside the exact machine states that they become."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from designer.compiler import Compiled, NotCompilable, compile_design
from designer.files import load
from designer.machine import resources
from designer.topology import document
from designer.topology.design import Design
from tests.compiler.states import told
from tests.rules.worlds import read_world
from tests.topology.designs import PLACEMENT, inventories, large_document
from tests.topology.golden import agrees, inputs

CASES = Path(__file__).parent / "cases"
LAB = "lab12345"


def compiled(case: Path, design: Design | None = None) -> Compiled:
    world = read_world(case)
    return compile_design(
        design or load(case.read_text("utf-8")),
        lab=LAB,
        placement=world.placement,
        inventories=world.inventories,
        vnis=world.vnis,
        library=world.library,
    )


@pytest.mark.parametrize("case", inputs(CASES), ids=lambda path: path.stem)
def test_golden(case: Path) -> None:
    if case.stem.startswith("refused-"):
        with pytest.raises(NotCompilable) as refused:
            compiled(case)
        agrees(case.with_suffix(".txt"), "".join(f"{one}\n" for one in refused.value.findings))
    else:
        agrees(case.with_suffix(".state.json"), told(compiled(case)))


def shuffled(value: dict[str, Any], seed: int) -> dict[str, Any]:
    order = random.Random(seed)
    tables = {}
    for name in ("nodes", "interfaces", "links"):
        items = list(value[name].items())
        order.shuffle(items)
        tables[name] = dict(items)
    for link in tables["links"].values():
        if order.random() < 0.5:  # the ends of a link have no order that means anything
            link["a"], link["b"] = link["b"], link["a"]
    return {**value, **tables}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "case", [one for one in inputs(CASES) if "refused" not in one.stem], ids=lambda path: path.stem
)
def test_the_order_of_the_document_does_not_matter(case: Path, seed: int) -> None:
    design = load(case.read_text("utf-8"))
    other = document.read(shuffled(document.write(design), seed))
    for field in ("states", "origins", "macs"):
        one, two = getattr(compiled(case), field), getattr(compiled(case, other), field)
        assert one == two
    states = compiled(case, other).states
    assert {name: set(state.resources) for name, state in states.items()} == {
        name: set(state.resources) for name, state in compiled(case).states.items()
    }


def of_large(nodes: int) -> Compiled:
    return compile_design(
        document.read(large_document(nodes)),
        lab=LAB,
        placement=PLACEMENT,
        inventories=inventories(),
        vnis={"lan": 7},
    )


def test_everything_made_is_ours_and_has_an_origin() -> None:
    done = of_large(200)
    for hypervisor, state in done.states.items():
        assert set(done.origins[hypervisor]) == set(state.resources)
        assert {one.owner for one in state} == {LAB}
        for link in state.of_type(resources.Bridge, resources.Veth, resources.Vxlan):
            assert len(link.name.encode()) <= 15


def test_both_ends_of_a_pair_name_each_other() -> None:
    for state in of_large(200).states.values():
        for end in state.of_type(resources.Veth):
            other = state.get(("link", end.peer_netns, end.peer))
            assert isinstance(other, resources.Veth)
            assert (other.peer_netns, other.peer) == (end.netns, end.name)


def test_two_labs_share_no_name() -> None:
    design = document.read(large_document(60))
    keys = [
        {
            key
            for state in compile_design(
                design, lab=lab, placement=PLACEMENT, inventories=inventories(), vnis={"lan": 7}
            ).states.values()
            for key in state.resources
        }
        for lab in ("laba1234", "labb1234")
    ]
    assert not keys[0] & keys[1]


def test_a_host_with_nothing_on_it_still_has_a_state() -> None:
    design = document.read({"trunkline": 1, "nodes": {"h1": {"kind": "host"}}})
    done = compile_design(
        design, lab=LAB, placement={"h1": "hv1"}, inventories=inventories(), vnis={}
    )
    assert {name: len(state) for name, state in done.states.items()} == {"hv1": 0}
