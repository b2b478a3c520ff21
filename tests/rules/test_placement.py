"""Suggested placement: trunks where VLANs are, the others around them."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given

from designer.files import builtin
from designer.machine.state import FEATURES, Inventory
from designer.rules.placement import suggest
from designer.topology import document
from designer.topology.design import Design
from designer.topology.kinds import Host, Trunk
from tests.topology.designs import inventory
from tests.topology.strategies import SOME, documents


def hosts(*numbers: int, **more: Any) -> Design:
    nodes = {f"h{number}": {"kind": "host"} for number in numbers}
    return document.read({"trunkline": 1, "nodes": {**nodes, **more}})


def able(*names: str) -> dict[str, Inventory]:
    return {name: inventory(name) for name in names}


def plain(*names: str) -> dict[str, Inventory]:
    """Hypervisors that cannot carry VLANs."""
    can = {feature: feature not in ("8021q", "vlan_filtering") for feature in FEATURES}
    return {name: dataclasses.replace(inventory(name), features=can) for name in names}


def lab(slug: str) -> Design:
    return next(one.design for one in builtin() if one.slug == slug)


def test_hypervisors_are_taken_in_turn_in_the_order_given() -> None:
    assert suggest(hosts(10, 2, 1), able("b", "a")) == {"h1": "b", "h2": "a", "h10": "b"}
    assert suggest(hosts(1), {}) == {}


def test_hosts_with_trunks_go_where_vlans_are_and_others_elsewhere() -> None:
    world = {**plain("ns1", "ns2"), **able("uml1", "uml2", "uml3")}
    assert suggest(lab("vlan-trunk"), world) == {"h1": "uml1", "h2": "uml2"}
    assert suggest(lab("vlan-gateway"), world) == {"h1": "uml1", "h2": "uml2", "h3": "uml3"}
    assert suggest(lab("vxlan"), world) == {"h1": "ns1", "h2": "ns2"}


def test_a_host_without_a_trunk_leaves_the_capable_to_those_with_one() -> None:
    design = hosts(1, 2, t={"kind": "trunk", "host": "h2", "vlans": [10]})
    assert suggest(design, {**able("uml1"), **plain("ns1")}) == {"h1": "ns1", "h2": "uml1"}


def test_no_hypervisor_gets_two_hosts_with_trunks_while_there_is_another() -> None:
    assert suggest(lab("vlan-trunk"), {**able("a"), **plain("b")}) == {"h1": "a", "h2": "b"}
    assert suggest(lab("vlan-trunk"), able("a")) == {"h1": "a", "h2": "a"}


def test_what_was_chosen_stays_and_counts() -> None:
    world = able("a", "b", "c")
    assert suggest(lab("vlan-gateway"), world, chosen={"h2": "a"}) == {"h1": "b", "h3": "c"}
    assert suggest(hosts(1, 2), world, chosen={"h1": "a", "h2": "a"}) == {}


def test_who_is_away_gets_nothing_while_another_is_there() -> None:
    world = {**able("a"), **plain("b", "c")}
    assert suggest(hosts(1, 2, 3), world, away={"b"}) == {"h1": "c", "h2": "a", "h3": "c"}
    assert suggest(hosts(1), able("a"), away={"a"}) == {"h1": "a"}


def test_a_hypervisor_without_the_card_or_libvirt_comes_last() -> None:
    bare = dataclasses.replace(inventory("a"), nics=())
    nic = {"kind": "nic", "host": "h1", "name": "eth1"}
    assert suggest(hosts(1, n=nic), {"a": bare, **able("b")}) == {"h1": "b"}
    no_vms = dataclasses.replace(inventory("a"), features={"bridge": True})
    vm = {"kind": "vm", "host": "h1", "disk": "d"}
    assert suggest(hosts(1, 2, v=vm), {"a": no_vms, **able("b")}) == {"h1": "b", "h2": "a"}


@SOME
@given(documents())
def test_every_host_gets_one_and_trunks_one_each(given_document: dict[str, Any]) -> None:
    design = document.read(given_document)
    found = suggest(design, {**plain("a"), **able("b", "c")})
    assert set(found) == {host.id for host in design.of_kind(Host)}
    trunked = [found[host] for host in {trunk.host for trunk in design.of_kind(Trunk)}]
    assert len(set(trunked)) == len(trunked)
