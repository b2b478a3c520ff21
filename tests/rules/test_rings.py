"""Rings, against broadcasts that are followed until one comes back."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings

from designer import rules
from designer.topology import document
from designer.topology.design import Design
from tests.topology.strategies import SOME
from tests.topology.vlan_designs import VLANS, Flood, vlan_documents


def populated(given_document: dict[str, Any]) -> Design:
    """With a machine on every bridge, in every VLAN, so that every ring has someone in it."""
    whole = copy.deepcopy(given_document)
    for id, node in given_document["nodes"].items():
        if node["kind"] != "bridge":
            continue
        for vlan in VLANS if node["vlan_filtering"] else (None,):
            machine, port = f"m{id}-{vlan or 0}", f"{id}:m{vlan or 0}"
            whole["nodes"][machine] = {"kind": "container", "host": node["host"]}
            whole["interfaces"][f"{machine}:eth0"] = {"node": machine}
            whole["interfaces"][port] = {"node": id, "vlan": vlan}
            whole["links"][machine] = {"a": f"{machine}:eth0", "b": port}
    return document.read(whole)


@settings(SOME, max_examples=100)
@given(vlan_documents())
def test_a_ring_is_found_where_a_broadcast_comes_back(given_document: dict[str, Any]) -> None:
    design = populated(given_document)
    machines = [id for id in design.interfaces if design.node_at(id).kind == "container"]
    comes_back = any(Flood(design, machine).again for machine in machines)
    told = any(finding.code == "loop" for finding in rules.check(design))
    assert told == comes_back
