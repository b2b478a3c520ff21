"""Machine resources survive the wire, nothing malformed does, and it is fast."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer import wire
from designer.machine.resources import Port, Resource, Veth
from designer.machine.state import Inventory, NetworkFacts, NicFacts
from designer.planner import Status
from tests.planner.labs import labs


@given(st.data())
def test_resources_come_back_as_they_went(data: st.DataObject) -> None:
    state = data.draw(labs())
    text = json.dumps(wire.resources_to_json(state))
    assert wire.state_from_json(json.loads(text)) == state


names = st.text(max_size=15)


@given(
    st.builds(
        Inventory,
        name=names,
        features=st.dictionaries(names, st.booleans()),
        nics=st.lists(
            st.builds(NicFacts, name=names, mac=names, mtu=st.integers(0, 65535), up=st.booleans(),
                      addresses=st.lists(names, max_size=2).map(tuple)),
            max_size=2,
        ).map(tuple),
        links=st.lists(names, max_size=2).map(tuple),
        networks=st.lists(
            st.builds(NetworkFacts, name=names, bridge=names, active=st.booleans()), max_size=2
        ).map(tuple),
        memory=st.integers(0, 2**40),
    )
)  # fmt: skip
def test_inventories_come_back_as_they_went(inventory: Inventory) -> None:
    text = json.dumps(wire.inventory_to_json(inventory))
    assert wire.inventory_from_json(json.loads(text)) == inventory


def test_a_status_goes_as_the_message_takes_it() -> None:
    status = Status("ok", "", {"tap": "vnet0", "addresses": ["10.0.0.1/24"], "carrier": True})
    assert wire.status_to_json(status) == {
        "state": "ok",
        "detail": "",
        "facts": {"tap": "vnet0", "addresses": ["10.0.0.1/24"], "carrier": True},
    }


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"kind": "veth", "name": 1, "peer": "b"}, "0.veth.name"),
        ({"kind": "veth", "name": "a"}, "0.veth.peer"),
        ({"kind": "veth", "name": "a", "peer": "b", "surprise": 1}, "0.veth.surprise"),
        ({"kind": "veth", "name": "a", "peer": "b", "mtu": "1500"}, "0.veth.mtu"),
        ({"kind": "veth", "name": "a", "peer": "b", "mtu": True}, "0.veth.mtu"),
        ({"kind": "veth", "name": "a", "peer": "b", "port": {"price": 1}}, "0.veth.port.price"),
        ({"kind": "wormhole", "name": "a"}, "wormhole"),
        ({"name": "a"}, "kind"),
        ("veth", "0"),
    ],
)
def test_what_is_no_resource_is_refused_at_its_place(values: dict[str, object], place: str) -> None:
    with pytest.raises(ValueError) as refused:
        wire.resources_from_json([values])
    assert place in str(refused.value)


def test_two_of_one_key_are_refused() -> None:
    one = wire.resource_to_json(Veth(name="a", peer="b"))
    with pytest.raises(ValueError, match="Two resources are called link//a"):
        wire.state_from_json([one, one])


def test_ten_thousand_resources_each_way_are_nothing() -> None:
    many: list[Resource] = [
        Veth(name=f"v{one}", peer=f"p{one}", master="br0", port=Port(cost=4), owner="mylab")
        for one in range(10_000)
    ]
    best = 1e9
    for _ in range(3):
        began = time.thread_time()
        back = wire.resources_from_json(wire.resources_to_json(many))
        best = min(best, time.thread_time() - began)
    assert back == many
    assert best < 0.5


def test_queues_are_of_one_hypervisor_each() -> None:
    assert wire.queue_of("1-2-3") == "hypervisor.1-2-3"
    assert wire.hypervisor_of("hypervisor.1-2-3") == "1-2-3"
    assert wire.hypervisor_of("celery") is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"surprise": 1}, "/check/checks/0/surprise"),
        ({"expect": "maybe"}, "/check/checks/0/expect"),
        ({"where": "elsewhere"}, "/check/checks/0/where"),
        ({"within": "60"}, "/check/checks/0/within"),
        ({"address": None}, "/check/checks/0/address"),
    ],
)
def test_what_is_no_check_is_refused_at_its_place(change: dict[str, object], place: str) -> None:
    check = {"id": "c", "where": "host", "name": "", "address": "10.0.0.1", "expect": "reach"}
    message = {"type": "check", "run": "r", "lab": "mylab", "checks": [check | change]}
    with pytest.raises(wire.BadMessage) as refused:
        wire.read_controller_message(json.dumps(message))
    assert place in str(refused.value)
