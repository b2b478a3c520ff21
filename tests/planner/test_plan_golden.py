"""Golden plans: two designs' states beside each operation, its reason and what one would type.

The states are written here, the plans are files; ``TRUNKLINE_GOLDEN=write`` writes them anew.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    DomainNic,
    Namespace,
    NatTable,
    Physical,
    Port,
    Resource,
    Route,
    Veth,
    Vxlan,
)
from designer.machine.state import MachineState
from designer.planner import Plan, equivalents, plan, shell

LAB = "k3j2h1g0"
GOLDEN = Path(__file__).with_name("golden")
C1 = f"{LAB}-c1"

BRIDGE = Bridge(name="br0", stp=True, priority=4096, forward_delay=4, ipv6=False, owner=LAB)
OUTER = Veth(
    name="tlv0",
    peer="eth0",
    peer_netns=C1,
    master="br0",
    ipv6=False,
    port=Port(cost=4, priority=32, hairpin=True),
    owner=LAB,
)
INNER = Veth(netns=C1, name="eth0", peer="tlv0", mac="02:00:00:00:00:01", mtu=1450, owner=LAB)
CONTAINER: list[Resource] = [
    BRIDGE,
    Namespace(name=C1, forwarding=True, owner=LAB),
    INNER,
    OUTER,
    Address(netns=C1, link="eth0", address="10.0.0.2/24", owner=LAB),
    Route(netns=C1, to="0.0.0.0/0", via="10.0.0.1", owner=LAB),
    NatTable(netns=C1, name=f"trunkline-{LAB}", outside=("eth0",), owner=LAB),
    Address(link="br0", address="10.0.0.1/24", owner=LAB),
]
VM = Domain(
    name=f"{LAB}-vm1",
    uuid="6a7d2f0e-2f0b-4d43-9b5c-7d0a4f1d8c11",
    memory=128,
    vcpus=1,
    kernel="tiny.vmlinuz",
    disk="tiny.qcow2",
    nics=(DomainNic(mac="52:54:00:00:00:01", bridge="br0"),),
    owner=LAB,
)
TUNNEL = Vxlan(
    name="tlx0",
    vni=7,
    device="eth1",
    local="198.18.0.1",
    remotes=("198.18.0.2",),
    mtu=1450,
    master="br0",
    owner=LAB,
)
NIC = Physical(name="eth1", master="br0", owner=LAB)
FREE = Physical(name="eth1", mac="02:aa:00:00:00:02")

HOST_VETH: list[Resource] = [
    Veth(name="veth0", peer="veth1", owner=LAB),
    Veth(name="veth1", peer="veth0", owner=LAB),
    Address(link="veth0", address="10.0.0.1/24", owner=LAB),
]
BRIDGED_VETH: list[Resource] = [
    Bridge(name="br0", owner=LAB),
    Veth(name="veth0", peer="veth1", master="br0", owner=LAB),
    Veth(name="veth1", peer="veth0", owner=LAB),
    Address(link="br0", address="10.0.0.1/24", owner=LAB),
]

CASES: dict[str, tuple[list[Resource], list[Resource]]] = {
    "container-made": ([], CONTAINER),
    "container-removed": (CONTAINER, []),
    "vm-made": ([BRIDGE], [BRIDGE, VM]),
    "vm-removed": ([BRIDGE, VM], [BRIDGE]),
    "vm-with-more-memory": ([BRIDGE, VM], [BRIDGE, replace(VM, memory=256)]),
    "vm-stopped": ([BRIDGE, VM], [BRIDGE, replace(VM, running=False)]),
    "vm-after-its-bridge-was-deleted": (
        [replace(VM, nics=(replace(VM.nics[0], bridge="", tap="vnet0"),))],
        [BRIDGE, VM],
    ),
    "vxlan-made": ([BRIDGE, FREE], [BRIDGE, TUNNEL]),
    "vxlan-with-another-remote": (
        [BRIDGE, FREE, TUNNEL],
        [BRIDGE, replace(TUNNEL, remotes=("198.18.0.3",))],
    ),
    "vxlan-with-another-vni": ([BRIDGE, FREE, TUNNEL], [BRIDGE, replace(TUNNEL, vni=8)]),
    "card-lent": ([BRIDGE, FREE], [BRIDGE, NIC]),
    "card-put-back": ([BRIDGE, replace(FREE, master="br0", owner=LAB)], []),
    "stp-off-and-ageing": (
        CONTAINER,
        [replace(BRIDGE, stp=False, ageing_time=0), *CONTAINER[1:]],
    ),
    "address-moves-from-veth-to-bridge": (list(HOST_VETH), list(BRIDGED_VETH)),
    "container-with-another-address": (
        CONTAINER,
        [
            replace(one, address="10.0.0.3/24")
            if isinstance(one, Address) and one.netns == C1
            else one
            for one in CONTAINER
        ],
    ),
    "veth-plugged-elsewhere": (
        CONTAINER,
        [
            replace(one, name="port7")
            if one is OUTER
            else replace(one, peer="port7")
            if one is INNER
            else one
            for one in CONTAINER
        ],
    ),
    "namespace-deleted-by-hand": ([BRIDGE, CONTAINER[7]], CONTAINER),
    "nothing-to-do": (CONTAINER, CONTAINER),
    "refused-foreign-bridge": ([replace(BRIDGE, owner=None)], CONTAINER[:1]),
    "refused-other-labs-bridge": ([replace(BRIDGE, owner="otherlab")], CONTAINER[:1]),
    "refused-card-in-use": ([BRIDGE, replace(FREE, master="virbr0")], [BRIDGE, NIC]),
    "refused-no-such-card": ([BRIDGE], [BRIDGE, NIC]),
}


@pytest.mark.parametrize("name", CASES)
def test_plan(name: str) -> None:
    observed, desired = (MachineState.of(one) for one in CASES[name])
    text = _text(plan(desired, observed, LAB))
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("TRUNKLINE_GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()


def test_every_golden_file_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


def _text(plan: Plan) -> str:
    lines = []
    for one in plan.operations:
        fields = f" ({', '.join(one.fields)})" if one.fields else ""
        lines.append(f"{one.action} {'/'.join(one.key)}{fields}")
        lines.append(f"    # {one.reason}")
        lines += [f"    {shell(argv)}" for argv in equivalents(one)]
    for refused in plan.refusals:
        lines.append(f"refused {'/'.join(refused.key)}: {refused.code}")
        lines.append(f"    # {refused.message}")
        lines.append(f"    allowed: {refused.allowed}")
    return "\n".join([*lines, f"fingerprint {plan.fingerprint}", ""])
