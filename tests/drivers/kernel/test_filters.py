"""Both ways to a packet filter, nftables and iptables-legacy, do the same to frames."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import pytest

from designer.machine.resources import Address, Bridge, Namespace, NatTable, Resource, Route, Veth
from tasks.drivers import OperationFailed
from tasks.drivers.kernel import nft, tables, xtables
from tests.drivers.ground import LAB, OTHER, Ground, change, create, delete

pytestmark = pytest.mark.kernel

ROUTER = f"{LAB}-router"
SPACE = Namespace(name=ROUTER, forwarding=True, owner=LAB)
TABLE = NatTable(netns=ROUTER, name=f"trunkline-{LAB}", outside=("wan",), owner=LAB)
NETWORKS = {"a": "10.1.0", "b": "10.2.0", "c": "10.3.0", "wan": "192.0.2"}


@pytest.fixture(params=[nft, xtables], ids=["nft", "xtables"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """One of the two, whichever this kernel would have by itself."""
    chosen: ModuleType = request.param
    monkeypatch.setattr(tables, "_way", lambda: chosen)
    return chosen


def rules(ground: Ground) -> str:
    """All rules in the router, in both programs' own words, without counts of packets."""
    said = ground.run("nft", "list", "ruleset", netns=ROUTER)
    for family in ("iptables", "ip6tables"):
        lines = ground.run(f"{family}-legacy-save", netns=ROUTER).splitlines()
        said += "\n".join(line.split(" [")[0] for line in lines if not line.startswith("#"))
    return said


def needs(way: ModuleType) -> None:
    """Skip where this kernel has not that way. In the test's own namespace."""
    done = subprocess.run(["unshare", "-n", "nft", "add table inet x { chain y { type nat hook "
                           "postrouting priority 100; }; }"], capture_output=True)  # fmt: skip
    if way is nft and done.returncode:
        pytest.skip("this kernel has no nftables with NAT")
    done = subprocess.run(["unshare", "-n", "iptables-legacy", "-t", "nat", "-L"],
                          capture_output=True)  # fmt: skip
    if way is xtables and done.returncode:
        pytest.skip("this kernel has no ip_tables")


def network(*, isolate: Sequence[str] = (), outside: Sequence[str] = ("wan",)) -> list[Resource]:
    """Hosts a, b, c and wan, each in a network of its own behind the router's interface."""
    lab: list[Resource] = [SPACE]
    for name, prefix in NETWORKS.items():
        host = f"{LAB}-{name}"
        lab += [
            Bridge(name=f"br-{name}", ipv6=False, owner=LAB),
            Namespace(name=host, owner=LAB),
            *wire(f"h-{name}", "eth0", host, f"br-{name}"),
            *wire(f"r-{name}", name, ROUTER, f"br-{name}"),
            Address(netns=host, link="eth0", address=f"{prefix}.2/24", owner=LAB),
            Address(netns=ROUTER, link=name, address=f"{prefix}.1/24", owner=LAB),
        ]
        if name != "wan":
            lab.append(Route(netns=host, to="0.0.0.0/0", via=f"{prefix}.1", owner=LAB))
    if isolate or outside:
        lab.append(replace(TABLE, outside=tuple(sorted(outside)), isolated=tuple(sorted(isolate))))
    return lab


def wire(near: str, far: str, where: str, bridge: str) -> list[Resource]:
    return [
        Veth(name=near, peer=far, peer_netns=where, master=bridge, ipv6=False, owner=LAB),
        Veth(netns=where, name=far, peer=near, owner=LAB),
    ]


def reaches(ground: Ground, source: str, target: str) -> bool:
    return ground.pings(f"{NETWORKS[target]}.2", f"{LAB}-{source}", seconds=1)


def test_masquerade_and_its_guard(ground: Ground, way: ModuleType) -> None:
    needs(way)
    ground.deploy(*network())
    assert reaches(ground, "a", "wan")  # wan has no way back but to the router
    assert reaches(ground, "a", "b")
    ground.run("ip", "route", "add", "10.0.0.0/8", "via", "192.0.2.1", netns=f"{LAB}-wan")
    assert not reaches(ground, "wan", "a")
    assert reaches(ground, "b", "wan")


def test_interfaces_that_are_kept_apart(ground: Ground, way: ModuleType) -> None:
    needs(way)
    ground.deploy(*network(isolate=["a", "b"]))
    assert not reaches(ground, "a", "b")
    assert not reaches(ground, "b", "a")
    assert reaches(ground, "a", "c")
    assert reaches(ground, "c", "b")
    assert reaches(ground, "a", "wan")
    (operation,) = ground.deploy(*network())
    assert operation.fields == ("isolated",)
    assert reaches(ground, "a", "b")


def test_kept_apart_without_masquerade(ground: Ground, way: ModuleType) -> None:
    needs(way)
    ground.deploy(*network(isolate=["a", "b", "c"], outside=[]))
    assert not reaches(ground, "a", "c")
    assert "masquerade" not in rules(ground).lower()
    ground.deploy(*network())
    ground.deploy(*network(isolate=["a", "b"], outside=[]))
    assert "masquerade" not in rules(ground).lower()


def test_again_changed_and_gone(ground: Ground, way: ModuleType) -> None:
    needs(way)
    table = replace(TABLE, isolated=("a", "b"))
    ground.deploy(SPACE, table)
    before = rules(ground)
    assert f"trunkline:{LAB}:deployment-1" in before
    ground.perform(create(table), change(table, table, "outside"))
    assert rules(ground) == before
    (operation,) = ground.deploy(SPACE, replace(TABLE, outside=("backup", "wan")))
    assert operation.action == "change"
    for _ in range(2):
        ground.perform(delete(TABLE))
        assert "trunkline" not in rules(ground)
    ground.deploy()
    ground.perform(delete(TABLE))


def test_what_somebody_took_out_is_missed(ground: Ground, way: ModuleType) -> None:
    needs(way)
    table = replace(TABLE, isolated=("a", "b"))
    lab: list[Resource] = [SPACE, table]
    ground.deploy(*lab)
    if way is nft:
        ground.run("nft", "flush", "chain", "inet", TABLE.name, "forward", netns=ROUTER)
    else:  # of one family alone
        ground.run("ip6tables-legacy", "-F", "FORWARD", netns=ROUTER)
    (operation,) = ground.deploy(*lab)
    assert operation.fields == ("outside", "isolated")
    assert ground.deploy(*lab) == ()


def test_what_is_not_the_labs_is_left(ground: Ground, way: ModuleType) -> None:
    needs(way)
    ground.deploy(SPACE)
    for name in (TABLE.name, f"trunkline-{OTHER}"):
        if way is nft:
            ground.run("nft", "add", "table", "inet", name, netns=ROUTER)
        else:
            ground.run("iptables-legacy", "-N", name, netns=ROUTER)
    before = rules(ground)
    for operation in (create(TABLE), delete(TABLE)):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(operation)
        assert f"{TABLE.name} in the namespace {ROUTER} does not carry" in raised.value.words
    assert rules(ground) == before
