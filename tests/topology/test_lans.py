"""LANs: who hears whom, with and without VLANs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from designer.files import builtin
from designer.topology import document
from designer.topology.design import Design
from designer.topology.lans import Lans
from designer.topology.passing import passing
from designer.topology.trunks import trunks
from tests.topology.strategies import SOME, designs
from tests.topology.vlan_designs import Flood, vlan_documents


def lab(slug: str) -> Design:
    return next(one.design for one in builtin() if one.slug == slug)


def machines(design: Design) -> list[str]:
    return [
        id for id in design.interfaces if design.node_at(id).kind in ("container", "router", "vm")
    ]


@settings(SOME, max_examples=150)
@given(vlan_documents())
def test_a_lan_is_who_hears_a_broadcast(given_document: dict[str, Any]) -> None:
    """Against frames that are followed one by one."""
    design = document.read(given_document)
    lans = Lans(design)
    listeners = [*machines(design), *(id for id in design.nodes if id.startswith("br"))]
    for source in machines(design):
        heard = Flood(design, source).heard
        for other in listeners:
            if other != source:
                assert (other in heard) == (lans.of[other] == lans.of[source]), (source, other)


@SOME
@given(designs())
def test_any_design_has_lans_and_what_passes(design: Design) -> None:
    lans = Lans(design)
    for id in design.interfaces:
        assert lans.of[id] == lans.at(id, None)
        for vlan in lans.used:
            assert lans.at(id, vlan) in {None, *lans.of.values()}
    for segment, vlans in passing(design).items():
        assert design.nodes[segment].kind == "segment"
        for vlan, hosts in vlans.items():
            assert 0 <= vlan <= 4094
            assert len(set(hosts)) == len(hosts)


def test_vlans_of_a_trunk_are_lans_of_their_own() -> None:
    lans = Lans(lab("vlan-trunk"))
    assert lans.used == {10, 20}
    assert lans.of["vm1:eth0"] == lans.of["vm3:eth0"] == lans.at("lan", 10)
    assert lans.of["vm2:eth0"] == lans.of["vm4:eth0"] == lans.at("nic1:out", 20)
    assert len({lans.of["vm1:eth0"], lans.of["vm2:eth0"], lans.of["lan"]}) == 3
    assert lans.at("lan", 30) is None


def test_inside_a_vlan_aware_bridge() -> None:
    lans = Lans(lab("vlan-mixed"))
    assert lans.at("br2", 10) == lans.of["c1:eth0"] == lans.of["c3:eth0"]
    assert lans.of["br2"] not in {lans.of["c1:eth0"], lans.of["c2:eth0"]}


@pytest.mark.parametrize(
    ("slug", "passes"),
    [
        ("vlan-trunk", {10: ("h1", "h2"), 20: ("h1", "h2")}),
        ("vlan-gateway", {10: ("h1", "h2", "h3"), 20: ("h1", "h2", "h3")}),
        ("vlan-mixed", {10: ("h1", "h2"), 20: ("h1", "h2")}),
        ("vxlan", {0: ("h1", "h2")}),
    ],
)
def test_what_passes_a_segment(slug: str, passes: dict[int, tuple[str, ...]]) -> None:
    assert passing(lab(slug)) == {"lan": passes}


def test_names_of_sub_interfaces_are_those_that_people_write() -> None:
    trunking = trunks(lab("vlan-gateway"))["trunk3"]
    assert trunking.nic is not None
    assert trunking.nic.name == "eth1"
    names = [trunking.sub_interface(access) for access in trunking.accesses]
    assert names == ["eth1.10", "eth1.20"]
    assert [access.node and access.node.id for access in trunking.accesses] == ["gw", "gw"]
