"""Probes: which VLANs and sizes hypervisors send each other over the segments that they share."""

from __future__ import annotations

from typing import Any

from designer.compiler import compile_probes
from designer.machine.probes import ProbeSpec
from designer.machine.state import Inventory, NicFacts
from designer.topology import document


def inventory(name: str, **mtus: int) -> Inventory:
    nics = [
        NicFacts(name=nic, mac="02:00:00:00:00:01", mtu=mtu, up=True) for nic, mtu in mtus.items()
    ]
    return Inventory(name=name, nics=tuple(nics))


INVENTORIES = {f"hv{one}": inventory(f"hv{one}", eth1=1500, eth2=9000) for one in (1, 2, 3)}


def probes(
    *cards: dict[str, Any],
    transport: str = "plain",
    placement: dict[str, str] | None = None,
    inventories: dict[str, Inventory] | None = None,
) -> dict[str, tuple[ProbeSpec, ...]]:
    """One segment; each card a host of its own with a trunk, or a bridge where "bridge" says
    so."""
    nodes: dict[str, Any] = {"lan": {"kind": "segment", "transport": transport}}
    interfaces: dict[str, Any] = {}
    links: dict[str, Any] = {}
    for number, card in enumerate(cards, 1):
        kind = "bridge" if card.get("bridge") else "trunk"
        fields = {
            key: card[key] for key in ("mode", "vlans", "native", "vlan_filtering") if key in card
        }
        port = {key: card[key] for key in ("vlan", "tagged") if key in card}
        nodes[f"h{number}"] = {"kind": "host"}
        nodes[f"n{number}"] = {
            "kind": "nic",
            "host": f"h{number}",
            "name": card.get("nic", "eth1"),
        }
        nodes[f"t{number}"] = {"kind": kind, "host": f"h{number}", **fields}
        interfaces[f"lan:p{number}"] = {"node": "lan"}
        interfaces[f"n{number}:in"] = {"node": f"n{number}"}
        interfaces[f"n{number}:out"] = {"node": f"n{number}"}
        interfaces[f"t{number}:up"] = {"node": f"t{number}", **port}
        links[f"in{number}"] = {"a": f"n{number}:in", "b": f"t{number}:up"}
        links[f"out{number}"] = {"a": f"n{number}:out", "b": f"lan:p{number}"}
    design = document.read(
        {"trunkline": 1, "nodes": nodes, "interfaces": interfaces, "links": links}
    )
    wanted = placement or {f"h{number}": f"hv{number}" for number in range(1, len(cards) + 1)}
    return dict(compile_probes(design, placement=wanted, inventories=inventories or INVENTORIES))


def test_trunks_probe_what_two_of_them_carry_the_native_vlan_untagged() -> None:
    done = probes(
        {"vlans": [10, "20-22"], "native": 10},
        {"vlans": [10, 20, 21, 30], "native": 10},
        {"vlans": [30, 40]},
    )
    assert done == {
        "hv1": (ProbeSpec(segment="lan", nic="eth1", vlans=(0, 20, 21), sizes=(64, 1500)),),
        "hv2": (ProbeSpec(segment="lan", nic="eth1", vlans=(0, 20, 21, 30), sizes=(64, 1500)),),
        "hv3": (ProbeSpec(segment="lan", nic="eth1", vlans=(30,), sizes=(64, 1500)),),
    }


def test_the_large_frame_fits_the_smallest_card() -> None:
    done = probes({"vlans": [10], "nic": "eth2"}, {"vlans": [10], "nic": "eth1"})
    assert [(one.nic, one.sizes) for (one,) in done.values()] == [
        ("eth2", (64, 1500)),
        ("eth1", (64, 1500)),
    ]
    large = probes({"vlans": [10], "nic": "eth2"}, {"vlans": [10], "nic": "eth2"})
    assert {one.sizes for (one,) in large.values()} == {(64, 9000)}


def test_bridges_on_a_plain_segment() -> None:
    aware = {"bridge": True, "vlan_filtering": True, "vlan": 5, "tagged": [10, 20]}
    done = probes({"bridge": True}, aware, {"vlans": [20]})
    assert {name: one.vlans for name, (one,) in done.items()} == {
        "hv1": (0,),
        "hv2": (0, 20),
        "hv3": (20,),
    }


def test_tunnels_go_untagged_and_as_large_as_the_cards_take() -> None:
    done = probes({"bridge": True}, {"bridge": True}, transport="vxlan")
    assert {(one.vlans, one.sizes) for (one,) in done.values()} == {((0,), (64, 1500))}


def test_trunks_go_beside_the_tunnels() -> None:
    done = probes({"vlans": [10]}, {"vlans": [10]}, {"bridge": True}, transport="vxlan")
    assert {name: one.vlans for name, (one,) in done.items()} == {"hv1": (10,), "hv2": (10,)}


def test_nothing_is_probed_within_one_hypervisor_or_with_nobody() -> None:
    card = {"vlans": [10]}
    assert probes(card) == {}
    assert probes(card, card, placement={"h1": "hv1", "h2": "hv1"}) == {}
    assert probes(card, card, placement={"h1": "hv1"}) == {}
    assert probes(card, {"vlans": [20]}) == {}


def test_a_card_that_is_not_known_is_left_out() -> None:
    card = {"vlans": [10]}
    known = {**INVENTORIES, "hv2": inventory("hv2", eth0=1500)}
    assert set(probes(card, card, card, inventories=known)) == {"hv1", "hv3"}
