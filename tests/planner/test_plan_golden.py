"""Golden plans: two designs' states beside each operation, its reason and what one would type.

The states are written here, the plans are files; ``TRUNKLINE_GOLDEN=write`` writes them anew.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from designer.machine.held import Held, HeldAddress, HeldRoute
from designer.machine.resources import (
    Address,
    Behind,
    Bridge,
    DhcpRange,
    Domain,
    DomainNic,
    Forward,
    Image,
    Module,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Port,
    Resource,
    Route,
    StaticLease,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState
from designer.planner import Plan, equivalents, plan, shell, waiting

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
HELD = Held(
    addresses=(
        HeldAddress(on="eth1", address="192.0.2.7/24", broadcast="192.0.2.255", valid=3600,
                    preferred=3600),
        HeldAddress(on="eth1", address="2001:db8::7/64", protocol=0),
    ),
    routes=(
        HeldRoute(on="eth1", to="0.0.0.0/0", via="192.0.2.1", protocol=16, metric=100),
        HeldRoute(on="eth1", to="::/0", via="2001:db8::1", protocol=4, metric=1024),
    ),
)  # fmt: skip
ON_BRIDGE = Held(
    addresses=tuple(replace(one, on="br0") for one in HELD.addresses),
    routes=tuple(replace(one, on="br0") for one in HELD.routes),
)
MOVED_IN = replace(BRIDGE, mac=FREE.mac, ipv6=True, held=ON_BRIDGE)
GATEWAYS = [
    Route(to="0.0.0.0/0", via="192.0.2.254", link="br0", owner=LAB),
    Route(to="::/0", via="fe80::1", link="br0", owner=LAB),
]

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

UNUSED = Parent(device="eth1", up=False)
USED = Parent(device="eth1", was_up=False, owner=LAB)
MODULE = Module(name="8021q")
BR10 = Bridge(name="brvlan-10", vlan_filtering=False, ipv6=False, owner=LAB)
ETH1_10 = Vlan(name="eth1.10", device="eth1", vid=10, master="brvlan-10", ipv6=False, owner=LAB)
SPACE = Namespace(name=C1, owner=LAB)
IN_SPACE = Vlan(netns=C1, name="eth0", device="eth1", vid=10, mtu=1400, owner=LAB)
IN_SPACE_ADDRESS = Address(netns=C1, link="eth0", address="10.0.0.1/24", owner=LAB)
TRUNK: list[Resource] = [MODULE, Parent(device="eth1", owner=LAB), BR10, ETH1_10]
STANDING_TRUNK: list[Resource] = [MODULE, USED, BR10, ETH1_10]
ON_ITS_OWN: list[Resource] = [
    Parent(device="eth1", owner=LAB),
    Vlan(name="uplink", device="eth1", vid=30, mac="02:00:00:00:00:30", owner=LAB),
    Address(link="uplink", address="10.0.30.1/24", owner=LAB),
]

ACCESS = Port(pvid=10, untagged=(10,), tagged=())
AWARE = Bridge(name="br0", vlan_filtering=True, vlan=0, ipv6=False, owner=LAB)
AWARE_NIC = Physical(
    name="eth1", master="br0", port=Port(pvid=0, untagged=(), tagged=(10, 20, 21, 22)), owner=LAB
)
AWARE_LAB: list[Resource] = [AWARE, AWARE_NIC, SPACE, replace(OUTER, port=ACCESS), INNER]
TAGGED_VM = replace(
    VM, nics=(replace(VM.nics[0], pvid=10, untagged=(10,), tagged=(), tap="vnet0"),)
)
ISOLATED = NatTable(
    netns=C1, name=f"trunkline-{LAB}", outside=(), isolated=("eth1.10", "eth1.20"), owner=LAB
)

NET = Network(
    name=f"{LAB}-net1",
    bridge="virbr1",
    uuid="0f6c9f0f-5f0e-5c0c-8a7e-3f1f6a0f2c11",
    forward="nat",
    addresses=("10.0.0.1/24",),
    ranges=(DhcpRange(start="10.0.0.2", end="10.0.0.254"),),
    leases=(),
    domain="",
    dns=True,
    running=True,
    autostart=True,
    owner=LAB,
)
FORWARD = Forward(protocol="tcp", port=8080, to="10.0.0.9", to_port=80, near="10.0.0.0/24")
FORWARDED = NatTable(
    netns="",
    name=f"trunkline-{LAB}",
    behind=(Behind(bridge="virbr1", subnets=("10.0.0.0/24",)),),
    forwards=(FORWARD,),
    owner=LAB,
)
OPEN_NET = replace(NET, forward="open")
TWO_FORWARDED = replace(
    FORWARDED,
    behind=(
        *FORWARDED.behind,
        Behind(bridge="virbr2", subnets=("10.1.0.0/24", "fd00::/64")),
    ),
    forwards=(
        FORWARD,
        Forward(protocol="udp", port=53, to="fd00::5", to_port=5353, near="fd00::/64"),
    ),
)
LEASE = StaticLease(mac="52:54:00:00:00:01", ip="10.0.0.9", name="vm1")
ON_NET = DomainNic(mac="52:54:00:00:00:01", bridge="virbr1", network=NET.name)
NAT_VM = replace(VM, nics=(ON_NET,))
RUNNING_NAT_VM = replace(VM, nics=(replace(ON_NET, tap="vnet0"),))
PORT_OF_NET: list[Resource] = [replace(OUTER, master="virbr1", port=Port()), INNER, SPACE]
DEFAULT = Network(name="default", bridge="virbr0")
STANDING_DEFAULT = replace(
    NET, name="default", bridge="virbr0", addresses=("192.168.122.1/24",), owner=None
)
OLD, NEW = "0a" * 32, "0b" * 32
IMAGE = Image(sha256=OLD, name="debian-12.qcow2", size=671_088_640)
LIBRARY_VM = replace(VM, kernel="", disk=f"debian-12.qcow2@{OLD}")

LARGER_VM = replace(VM, memory=256, vcpus=2)
WAITING_VM = waiting.put_off(LARGER_VM, VM)
AT_NEXT_START = {"vm-with-more-memory-at-its-next-start", "vm-with-another-disk-that-cannot-wait"}

CASES: dict[str, tuple[list[Resource], list[Resource]]] = {
    "container-made": ([], CONTAINER),
    "container-removed": (CONTAINER, []),
    "vm-made": ([BRIDGE], [BRIDGE, VM]),
    "vm-removed": ([BRIDGE, VM], [BRIDGE]),
    "vm-with-more-memory": ([BRIDGE, VM], [BRIDGE, replace(VM, memory=256)]),
    "vm-with-more-memory-at-its-next-start": ([BRIDGE, VM], [BRIDGE, LARGER_VM]),
    "vm-with-another-disk-that-cannot-wait": (
        [BRIDGE, VM],
        [BRIDGE, replace(VM, memory=256, disk="other.qcow2")],
    ),
    "vm-that-waits-nothing-to-do": ([BRIDGE, WAITING_VM], [BRIDGE, LARGER_VM]),
    "vm-that-waits-drawn-as-before": ([BRIDGE, WAITING_VM], [BRIDGE, VM]),
    "vm-that-waits-and-is-restarted-for-more": (
        [BRIDGE, WAITING_VM],
        [BRIDGE, replace(LARGER_VM, vcpus=4)],
    ),
    "vm-with-its-cable-unplugged": (
        [BRIDGE, replace(VM, nics=(replace(VM.nics[0], tap="vnet0"),))],
        [BRIDGE, replace(VM, nics=(replace(VM.nics[0], plugged=False),))],
    ),
    "cable-unplugged": (
        CONTAINER,
        [replace(one, up=False) if one is OUTER else one for one in CONTAINER],
    ),
    "cable-plugged-in": (
        [replace(one, up=False) if one is OUTER else one for one in CONTAINER],
        CONTAINER,
    ),
    "vm-stopped": ([BRIDGE, VM], [BRIDGE, replace(VM, running=False)]),
    "vm-after-its-bridge-was-deleted": (
        [replace(VM, nics=(replace(VM.nics[0], bridge="", tap="vnet0"),))],
        [BRIDGE, VM],
    ),
    "vm-from-the-library": ([BRIDGE], [IMAGE, BRIDGE, LIBRARY_VM]),
    "vm-from-the-library-removed": ([IMAGE, BRIDGE, LIBRARY_VM], []),
    "vm-whose-image-was-replaced": (
        [IMAGE, BRIDGE, LIBRARY_VM],
        [
            Image(sha256=NEW, name="debian-12.qcow2", size=5000),
            BRIDGE,
            replace(LIBRARY_VM, disk=f"debian-12.qcow2@{NEW}"),
        ],
    ),
    "vm-whose-image-was-renamed": (
        [IMAGE, BRIDGE, LIBRARY_VM],
        [replace(IMAGE, name="bookworm"), BRIDGE, replace(LIBRARY_VM, disk=f"bookworm@{OLD}")],
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
    "trunk-made": ([UNUSED], TRUNK),
    "trunk-removed": (STANDING_TRUNK, []),
    "trunk-nothing-to-do": (STANDING_TRUNK, TRUNK),
    "trunk-on-a-card-that-another-lab-uses": ([MODULE, replace(UNUSED, up=True)], TRUNK),
    "trunk-whose-card-went-down": ([MODULE, replace(USED, up=False), *TRUNK[2:]], TRUNK),
    "trunk-in-a-container": (
        [MODULE, UNUSED],
        [MODULE, TRUNK[1], SPACE, IN_SPACE, IN_SPACE_ADDRESS],
    ),
    "trunk-in-a-container-removed": ([MODULE, USED, SPACE, IN_SPACE, IN_SPACE_ADDRESS], []),
    "trunk-with-the-hosts-own-addresses": ([MODULE, UNUSED], ON_ITS_OWN),
    "vlan-moves-from-bridge-to-container": (
        STANDING_TRUNK,
        [*TRUNK[:3], SPACE, IN_SPACE, IN_SPACE_ADDRESS],
    ),
    "vlan-of-another-id": (STANDING_TRUNK, [*TRUNK[:3], replace(ETH1_10, vid=11)]),
    "vlan-aware-made": ([FREE], AWARE_LAB),
    "vlan-aware-bridge-with-addresses": ([], [replace(AWARE, vlan=10)]),
    "vlan-aware-another-vlan-of-its-own": ([replace(AWARE, vlan=10)], [replace(AWARE, vlan=20)]),
    "vlan-aware-one-more-one-less": (
        AWARE_LAB,
        [
            replace(one, port=Port(pvid=30, untagged=(30,), tagged=(10, 20, 21)))
            if one is AWARE_NIC
            else one
            for one in AWARE_LAB
        ],
    ),
    "bridge-becomes-vlan-aware": (
        [
            replace(AWARE, vlan_filtering=False, vlan=None),
            replace(OUTER, port=Port()),
            INNER,
            SPACE,
        ],
        [AWARE, replace(OUTER, port=ACCESS), INNER, SPACE],
    ),
    "vm-on-a-vlan-aware-bridge": ([AWARE], [AWARE, TAGGED_VM]),
    "vm-in-another-vlan": (
        [AWARE, TAGGED_VM],
        [
            AWARE,
            replace(TAGGED_VM, nics=(replace(TAGGED_VM.nics[0], pvid=20, untagged=(20,)),)),
        ],
    ),
    "network-made": ([SPACE], [NET, NAT_VM, *PORT_OF_NET]),
    "network-removed": ([NET, RUNNING_NAT_VM], []),
    "network-with-a-static-lease": (
        [NET, RUNNING_NAT_VM],
        [replace(NET, leases=(LEASE,)), NAT_VM],
    ),
    "network-with-a-static-lease-for-a-vm-that-is-off": (
        [NET, replace(RUNNING_NAT_VM, running=False)],
        [replace(NET, leases=(LEASE,)), replace(NAT_VM, running=False)],
    ),
    "network-with-another-address": (
        [NET, RUNNING_NAT_VM, *PORT_OF_NET],
        [
            replace(
                NET,
                addresses=("10.0.1.1/24",),
                ranges=(DhcpRange(start="10.0.1.2", end="10.0.1.254"),),
            ),
            NAT_VM,
            *PORT_OF_NET,
        ],
    ),
    "network-with-another-bridge": (
        [NET, RUNNING_NAT_VM],
        [
            replace(NET, bridge="virbr2"),
            replace(VM, nics=(replace(ON_NET, bridge="virbr2"),)),
        ],
    ),
    "network-destroyed-by-hand": (
        [
            replace(NET, running=False),
            replace(VM, nics=(replace(ON_NET, bridge="", tap="vnet0"),)),
        ],
        [NET, NAT_VM],
    ),
    "network-becomes-a-bridge": (
        [NET, RUNNING_NAT_VM],
        [
            Bridge(name="virbr1", owner=LAB),
            replace(VM, nics=(replace(VM.nics[0], bridge="virbr1"),)),
        ],
    ),
    "vm-moves-from-network-to-bridge": ([BRIDGE, NET, RUNNING_NAT_VM], [BRIDGE, NET, VM]),
    "vm-moves-from-bridge-to-network": (
        [BRIDGE, NET, replace(VM, nics=(replace(VM.nics[0], tap="vnet0"),))],
        [BRIDGE, NET, NAT_VM],
    ),
    "vm-on-the-hypervisors-own-network": (
        [STANDING_DEFAULT],
        [DEFAULT, replace(VM, nics=(replace(ON_NET, bridge="virbr0", network="default"),))],
    ),
    "refused-no-such-network": ([], [DEFAULT]),
    "refused-network-not-active": ([replace(STANDING_DEFAULT, running=False)], [DEFAULT]),
    "refused-foreign-network": ([replace(NET, owner=None)], [NET]),
    "refused-other-labs-network": ([replace(NET, owner="otherlab")], [NET]),
    "port-forward-made": ([], [OPEN_NET, FORWARDED]),
    "port-forward-at-a-standing-network": ([NET, RUNNING_NAT_VM], [OPEN_NET, NAT_VM, FORWARDED]),
    "port-forwards-of-two-networks": ([FORWARDED], [TWO_FORWARDED]),
    "port-forward-fewer": ([TWO_FORWARDED], [FORWARDED]),
    "port-forward-removed": ([OPEN_NET, RUNNING_NAT_VM, FORWARDED], [NET, NAT_VM]),
    "refused-foreign-table": ([replace(FORWARDED, owner=None)], [OPEN_NET, FORWARDED]),
    "interfaces-kept-apart": ([SPACE], [SPACE, ISOLATED]),
    "refused-no-such-parent": ([MODULE], TRUNK),
    "refused-foreign-vlan": ([MODULE, UNUSED, replace(ETH1_10, owner=None)], TRUNK),
    "nothing-to-do": (CONTAINER, CONTAINER),
    "refused-foreign-bridge": ([replace(BRIDGE, owner=None)], CONTAINER[:1]),
    "refused-other-labs-bridge": ([replace(BRIDGE, owner="otherlab")], CONTAINER[:1]),
    "refused-card-in-use": ([BRIDGE, replace(FREE, master="virbr0")], [BRIDGE, NIC]),
    "card-lent-with-its-addresses": ([replace(FREE, held=HELD)], [BRIDGE, NIC]),
    "card-put-back-with-its-addresses": ([MOVED_IN, replace(NIC, mac=FREE.mac)], []),
    "card-moved-to-another-bridge-with-its-addresses": (
        [MOVED_IN, replace(NIC, mac=FREE.mac)],
        [BRIDGE, replace(BRIDGE, name="br1"), replace(NIC, master="br1")],
    ),
    "card-with-its-addresses-nothing-to-do": (
        [MOVED_IN, replace(NIC, mac=FREE.mac)],
        [BRIDGE, NIC],
    ),
    "gateway-of-the-host": (
        [replace(FREE, held=HELD)],
        [BRIDGE, NIC, *GATEWAYS],
    ),
    "gateway-of-the-host-by-another-neighbour": (
        [MOVED_IN, replace(NIC, mac=FREE.mac), *GATEWAYS],
        [BRIDGE, NIC, replace(GATEWAYS[0], via="192.0.2.9"), GATEWAYS[1]],
    ),
    "gateway-of-the-host-by-another-bridge": (
        [BRIDGE, replace(BRIDGE, name="br1"), GATEWAYS[0]],
        [BRIDGE, replace(BRIDGE, name="br1"), replace(GATEWAYS[0], link="br1")],
    ),
    "gateway-of-the-host-removed": ([MOVED_IN, replace(NIC, mac=FREE.mac), *GATEWAYS], []),
    "refused-card-that-cannot-move": (
        [BRIDGE, replace(FREE, held=replace(HELD, fixed=("the VXLAN tunnel vx1 runs over it",)))],
        [BRIDGE, NIC],
    ),
    "refused-no-such-card": ([BRIDGE], [BRIDGE, NIC]),
}


@pytest.mark.parametrize("name", CASES)
def test_plan(name: str) -> None:
    observed, desired = (MachineState.of(one) for one in CASES[name])
    text = _text(plan(desired, observed, LAB, at_next_start=name in AT_NEXT_START))
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
