"""What a pulled cable parts."""

from __future__ import annotations

from designer.topology import document
from designer.topology.design import Design
from designer.topology.plugging import cut_off


def ring(*pulled: str) -> Design:
    """c1 – br0, and two cables from there to br1 – c2."""
    links = {
        "c1~br0": ("c1:eth0", "br0:p1"),
        "one": ("br0:p2", "br1:p2"),
        "two": ("br0:p3", "br1:p3"),
        "c2~br1": ("c2:eth0", "br1:p1"),
    }
    ends = [end for pair in links.values() for end in pair]
    nodes = {"h1": {"kind": "host"}} | {
        id: {"kind": "bridge" if id.startswith("br") else "container", "host": "h1"}
        for id in ("br0", "br1", "c1", "c2", "c3")
    }
    return document.read(
        {
            "trunkline": 1,
            "name": "A ring",
            "nodes": nodes,
            "interfaces": {end: {"node": end.partition(":")[0]} for end in ends},
            "links": {
                id: {"a": a, "b": b, "plugged": id not in pulled} for id, (a, b) in links.items()
            },
        }
    )


def test_a_pulled_cable_parts_nothing_while_there_is_another_way() -> None:
    assert cut_off(ring("one"), "c1", "c2") == ()


def test_the_cables_that_part_are_named_from_the_one_who_asks() -> None:
    assert cut_off(ring("two", "one"), "c1", "c2") == ("one", "two")
    assert cut_off(ring("c1~br0", "c2~br1"), "c1", "c2") == ("c1~br0",)
    assert cut_off(ring("c2~br1"), "c2", "c1") == ("c2~br1",)


def test_where_there_was_no_way_no_cable_is_to_blame() -> None:
    assert cut_off(ring("c1~br0"), "c1", "c3") == ()
