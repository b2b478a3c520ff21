from __future__ import annotations

import json
from dataclasses import replace

import pytest

from designer.machine.resources import Address, Bridge, Namespace, NatTable, Resource, Route, Veth
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, Ground, change, create, delete

pytestmark = pytest.mark.kernel

SPACE = Namespace(name=f"{LAB}-r1", owner=LAB)
TABLE = NatTable(netns=SPACE.name, name=f"trunkline-{LAB}", outside=("wan",), owner=LAB)


def rules(ground: Ground) -> list[dict[str, object]]:
    found = json.loads(ground.run("nft", "-j", "list", "ruleset", netns=SPACE.name))["nftables"]
    return [one["rule"] for one in found if "rule" in one]


def test_as_nft_shows_it(ground: Ground) -> None:
    ground.deploy(SPACE, TABLE)
    text = ground.run("nft", "list", "ruleset", netns=SPACE.name)
    assert f"table inet trunkline-{LAB}" in text
    assert "type filter hook forward priority filter" in text
    assert "type nat hook postrouting priority srcnat" in text
    assert "ct state established,related accept" in text
    assert 'iifname "wan" drop' in text
    assert 'oifname "wan" masquerade' in text
    assert {one["comment"] for one in rules(ground)} == {f"trunkline:{LAB}:deployment-1"}


def test_several_ways_out_and_a_change(ground: Ground) -> None:
    ground.deploy(SPACE, TABLE)
    operations = ground.deploy(SPACE, replace(TABLE, outside=("wan", "backup")))
    assert [one.action for one in operations] == ["change"]
    assert len(rules(ground)) == 3
    ground.deploy(SPACE, replace(TABLE, outside=()))
    assert len(rules(ground)) == 1


def test_a_second_time_leaves_the_same(ground: Ground) -> None:
    ground.deploy(SPACE, TABLE)
    before = ground.run("nft", "list", "ruleset", netns=SPACE.name)
    ground.perform(create(TABLE), change(TABLE, TABLE, "outside"))
    assert ground.run("nft", "list", "ruleset", netns=SPACE.name) == before


def test_delete_twice_and_without_the_namespace(ground: Ground) -> None:
    ground.deploy(SPACE, TABLE)
    for _ in range(2):
        ground.perform(delete(TABLE))
        assert ground.run("nft", "list", "ruleset", netns=SPACE.name) == ""
    ground.deploy()
    ground.perform(delete(TABLE))


def test_foreign_tables_are_left(ground: Ground) -> None:
    ground.deploy(SPACE)
    ground.run("nft", "add", "table", "inet", TABLE.name, netns=SPACE.name)
    ground.run("nft", "add", "table", "inet", f"{TABLE.name}0", netns=SPACE.name)
    before = ground.run("nft", "list", "ruleset", netns=SPACE.name)
    for operation in (create(TABLE), delete(TABLE)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert TABLE.name in raised.value.words
    assert ground.run("nft", "list", "ruleset", netns=SPACE.name) == before
    assert ground.observe([TABLE.key]).resources[TABLE.key].owner is None


def test_a_rule_that_someone_took_out_is_missed(ground: Ground) -> None:
    ground.deploy(SPACE, TABLE)
    guard = next(one for one in rules(ground) if {"drop": None} in one["expr"])  # type: ignore[operator]
    ground.run("nft", "delete", "rule", "inet", TABLE.name, "forward", "handle",
               str(guard["handle"]), netns=SPACE.name)  # fmt: skip
    seen = ground.observe().resources[TABLE.key]
    assert isinstance(seen, NatTable)
    assert seen.outside == ()
    ground.deploy(SPACE, TABLE)


def test_a_network_behind_nat(ground: Ground) -> None:
    """Inside reaches the server, which sees the router's address; the server reaches nobody."""
    inside, outside, router = f"{LAB}-in", f"{LAB}-out", SPACE.name

    def wire(near: str, far: str, where: str, bridge: str) -> list[Resource]:
        return [
            Veth(name=near, peer=far, peer_netns=where, master=bridge, ipv6=False, owner=LAB),
            Veth(netns=where, name=far, peer=near, owner=LAB),
        ]

    ground.deploy(
        Bridge(name="lan", ipv6=False, owner=LAB),
        Bridge(name="wan", ipv6=False, owner=LAB),
        Namespace(name=inside, owner=LAB),
        Namespace(name=outside, owner=LAB),
        replace(SPACE, forwarding=True),
        *wire("p1", "eth0", inside, "lan"),
        *wire("p2", "lan0", router, "lan"),
        *wire("p3", "wan", router, "wan"),
        *wire("p4", "eth0", outside, "wan"),
        Address(netns=inside, link="eth0", address="10.1.0.2/24", owner=LAB),
        Address(netns=router, link="lan0", address="10.1.0.1/24", owner=LAB),
        Address(netns=router, link="wan", address="192.0.2.1/24", owner=LAB),
        Address(netns=outside, link="eth0", address="192.0.2.2/24", owner=LAB),
        Route(netns=inside, to="0.0.0.0/0", via="10.1.0.1", owner=LAB),
        TABLE,
    )
    assert ground.pings("192.0.2.2", inside)
    ground.run("ip", "route", "add", "10.1.0.0/24", "via", "192.0.2.1", netns=outside)
    assert not ground.pings("10.1.0.2", outside, seconds=1)
    ground.run("ip", "route", "del", "10.1.0.0/24", netns=outside)
    assert ground.pings("192.0.2.2", inside)  # it needs no way back: it is masqueraded
