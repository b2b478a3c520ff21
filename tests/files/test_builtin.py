"""The built-in labs: sound, tidy, and with a place for every node."""

from __future__ import annotations

from importlib.resources import files
from itertools import combinations

import pytest

from designer import rules
from designer.compiler import compile_design
from designer.files import Builtin, builtin, dump_yaml
from designer.files.builtins import ORDER
from designer.rules.placement import suggest
from designer.topology import edits
from designer.topology.kinds import Host, Trunk
from tests.topology.designs import hypervisors

LABS = pytest.mark.parametrize("lab", builtin(), ids=lambda lab: lab.slug)
BOX = (176, 48)
"""How large a node is drawn, width and height in pixels."""


def by_slug(slug: str) -> Builtin:
    return next(lab for lab in builtin() if lab.slug == slug)


def test_every_file_is_a_lab_and_every_lab_a_file() -> None:
    folder = files("designer.files") / "builtin"
    names = sorted(entry.name for entry in folder.iterdir())
    assert names == sorted(
        name for slug in ORDER for name in (f"{slug}.yaml", f"{slug}.looks.json")
    )


@LABS
def test_nothing_is_wrong_with_it(lab: Builtin) -> None:
    assert rules.check(lab.design) == ()
    placement = suggest(lab.design, hypervisors(3))
    assert rules.check_against(lab.design, placement, hypervisors(3)) == ()


@LABS
def test_it_runs_on_one_hypervisor_too(lab: Builtin) -> None:
    if len({trunk.host for trunk in lab.design.of_kind(Trunk)}) > 1:
        pytest.skip("its hosts share a segment's wire: each needs a machine of its own")
    placement = suggest(lab.design, hypervisors(1))
    assert rules.check_against(lab.design, placement, hypervisors(1)) == ()
    vnis = {"lan": 7}
    done = compile_design(
        lab.design, lab="lab12345", placement=placement, inventories=hypervisors(1), vnis=vnis
    )
    assert len(done.states["hv1"]) > 3


@LABS
def test_the_file_is_as_we_would_write_it(lab: Builtin) -> None:
    path = files("designer.files") / "builtin" / f"{lab.slug}.yaml"
    assert path.read_text("utf-8") == dump_yaml(lab.design)


@LABS
def test_it_tells_a_student_what_to_look_for(lab: Builtin) -> None:
    assert len(lab.title) > 5
    assert len(lab.design.description) > 80


@LABS
def test_every_node_has_a_place_and_none_covers_another(lab: Builtin) -> None:
    design = lab.design
    assert set(lab.looks) == {f"nodes/{id}" for id in design.nodes}
    for one, other in combinations(design.nodes.values(), 2):
        if design.host_of(one.id) != design.host_of(other.id) or isinstance(one, Host):
            continue
        if isinstance(other, Host):
            continue
        a, b = lab.looks[f"nodes/{one.id}"], lab.looks[f"nodes/{other.id}"]
        apart = abs(a["x"] - b["x"]) >= BOX[0] or abs(a["y"] - b["y"]) >= BOX[1]
        assert apart, f"{one.id} covers {other.id}"
    for host in design.of_kind(Host):
        room = lab.looks[f"nodes/{host.id}"]
        for node in design.on_host(host.id):
            look = lab.looks[f"nodes/{node.id}"]
            assert 0 < look["x"] <= room["width"] - BOX[0]
            assert 48 < look["y"] <= room["height"] - BOX[1]


def test_the_second_step_of_the_veth_is_an_edit_of_the_first() -> None:
    first, second = by_slug("veth-into-bridge-1").design, by_slug("veth-into-bridge-2").design
    edit = edits.between(first, second)
    assert set(edit["nodes"]["added"]) == {"br0"}
    assert edit["links"]["changed"] == {"cable": {"a": ["h1:veth0", "br0:veth0"]}}
    assert edits.apply(first, edit).nodes == second.nodes
