"""The built-in labs: sound, tidy, and with a place for every node."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from itertools import combinations

import pytest

from designer import rules
from designer.compiler import compile_checks, compile_design
from designer.files import Builtin, builtin, dump_yaml
from designer.files.builtins import ORDER
from designer.rules.placement import suggest
from designer.topology import edits
from designer.topology.kinds import Host, Router, Trunk
from designer.topology.lans import Lans
from tests.topology.designs import hypervisors


def labs(fits: Callable[[Builtin], bool]) -> pytest.MarkDecorator:
    chosen = [lab for lab in builtin() if fits(lab)]
    return pytest.mark.parametrize("lab", chosen, ids=lambda lab: lab.slug)


def has_lone_trunk(lab: Builtin) -> bool:
    """Or none: hosts that share a trunk's wire each need a machine of their own."""
    return len({trunk.host for trunk in lab.design.of_kind(Trunk)}) < 2


def is_of_vlans(lab: Builtin) -> bool:
    return lab.slug.startswith("vlan-")


def is_switched(lab: Builtin) -> bool:
    """Nobody routes from LAN to LAN."""
    return is_of_vlans(lab) and not any(lab.design.of_kind(Router))


LABS, ALONE, VLAN_LABS, SWITCHED = map(
    labs, (lambda lab: True, has_lone_trunk, is_of_vlans, is_switched)
)
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
    assert _not_meant(rules.check_against(lab.design, placement, hypervisors(3))) == []


def _not_meant(findings: tuple[rules.Finding, ...]) -> list[rules.Finding]:
    """But for the lab in which a NIC takes its addresses along."""
    return [one for one in findings if one.code != "nic-moves"]


@ALONE
def test_it_runs_on_one_hypervisor_too(lab: Builtin) -> None:
    placement = suggest(lab.design, hypervisors(1))
    assert _not_meant(rules.check_against(lab.design, placement, hypervisors(1))) == []
    vnis = {"lan": 7}
    done = compile_design(
        lab.design, lab="lab12345", placement=placement, inventories=hypervisors(1), vnis=vnis
    )
    assert len(done.states["hv1"]) > 3


@LABS
def test_it_is_built_and_its_checks_can_be_run(lab: Builtin) -> None:
    world = hypervisors(3)
    placement = suggest(lab.design, world)
    done = compile_design(
        lab.design, lab="lab12345", placement=placement, inventories=world, vnis={"lan": 7}
    )
    assert all(len(done.states[hypervisor]) > 3 for hypervisor in placement.values())
    specs = compile_checks(lab.design, lab="lab12345", placement=placement)
    told = {spec.id: spec for ones in specs.values() for spec in ones}
    assert set(told) == set(lab.design.checks)
    assert all(spec.address for spec in told.values())


@VLAN_LABS
def test_a_lab_of_vlans_says_what_must_not_be_reached(lab: Builtin) -> None:
    """And as much of what must: nothing is proved by silence alone."""
    expected = {check.expect for check in lab.design.checks.values()}
    assert expected == {"reach", "no-reach"}
    asked = {check.target for check in lab.design.checks.values() if check.expect == "reach"}
    silent = {check.target for check in lab.design.checks.values() if check.expect == "no-reach"}
    if lab.slug not in ("vlan-one-host", "vlan-gateway"):
        assert silent & asked, "someone who answers one and not the other"


@SWITCHED
def test_lans_are_as_the_checks_say(lab: Builtin) -> None:
    """Who must reach whom is in one LAN, and who must not is not."""
    design = lab.design
    lans = Lans(design).of
    for check in design.checks.values():
        same = lans[f"{check.source}:eth0"] == lans[f"{check.target}:eth0"]
        assert same == (check.expect == "reach"), check.id


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
