"""Hypothesis strategies: small labs with names that collide between one lab and the next, so that
things are replaced, moved and renamed, and machines with drift."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Any

from hypothesis import strategies as st

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

LAB = "mylab"
_MACS = st.sampled_from([None, "02:00:00:00:00:01", "02:00:00:00:00:02"])
_MTUS = st.sampled_from([None, 1400, 1500])


@st.composite
def labs(draw: Any) -> MachineState:
    """A desired state that a kernel would take."""
    made: list[Resource] = []
    bridges = draw(st.lists(st.sampled_from(["br0", "br1", "x0"]), unique=True, max_size=3))
    for name in bridges:
        made.append(
            Bridge(
                name=name,
                mac=draw(_MACS),
                mtu=draw(_MTUS),
                ipv6=draw(st.sampled_from([None, False])),
                stp=draw(st.sampled_from([None, True, False])),
                priority=draw(st.sampled_from([None, 4096])),
                forward_delay=draw(st.sampled_from([None, 4])),
                owner=LAB,
            )
        )
    spaces = draw(st.lists(st.sampled_from(["c0", "c1", "c2"]), unique=True, max_size=3))
    for space in spaces:
        made.append(Namespace(name=f"{LAB}-{space}", forwarding=draw(st.booleans()), owner=LAB))
    netns = ["", *(f"{LAB}-{space}" for space in spaces)]
    ends = _pairs(draw, netns, bridges, made)
    if draw(st.booleans()):
        made.append(_vxlan(draw, bridges))
    if bridges and draw(st.booleans()):
        made.append(Physical(name="eth1", master=draw(st.sampled_from(bridges)), owner=LAB))
    _addresses(draw, [*ends, *(("", name, True) for name in bridges)], made)
    for space in netns[1:]:
        if draw(st.booleans()):
            outside = tuple(draw(st.permutations(["eth0", "eth1"])))[: draw(st.integers(1, 2))]
            name = f"trunkline-{LAB}"
            made.append(NatTable(netns=space, name=name, outside=outside, owner=LAB))
    for name in draw(st.lists(st.sampled_from(["v0", "v1"]), unique=True)):
        made.append(_domain(draw, name, bridges))
    return MachineState.of(draw(st.permutations(made)))


def _pairs(
    draw: Any, netns: list[str], bridges: list[str], made: list[Resource]
) -> list[tuple[str, str, bool]]:
    """Veth pairs between any two places; few names, so that peers change between labs."""
    names = ["eth0", "eth1", "p0", "p1", "x0"]
    free = [
        (space, name) for space in netns for name in names if space or name.startswith(("p", "x"))
    ]
    free = [(space, name) for space, name in free if space or name not in bridges]
    free = draw(st.permutations(free))
    ends = []
    for number in range(draw(st.integers(0, len(free) // 2))):
        one, other = free[2 * number], free[2 * number + 1]
        for (space, name), (peer_space, peer) in ((one, other), (other, one)):
            up = draw(st.sampled_from([True, True, True, False]))
            plugged = space == "" and bridges and draw(st.booleans())
            made.append(
                Veth(
                    netns=space,
                    name=name,
                    peer_netns=peer_space,
                    peer=peer,
                    mac=draw(_MACS),
                    mtu=draw(_MTUS),
                    up=up,
                    ipv6=draw(st.sampled_from([None, False])),
                    master=draw(st.sampled_from(bridges)) if plugged else None,
                    port=Port(
                        cost=draw(st.sampled_from([None, 4])),
                        hairpin=draw(st.sampled_from([None, True])),
                    )
                    if plugged
                    else None,
                    owner=LAB,
                )
            )
            ends.append((space, name, up))
    return ends


def _addresses(draw: Any, ends: list[tuple[str, str, bool]], made: list[Resource]) -> None:
    taken: set[tuple[str, str]] = set()
    for space, link, up in ends:
        pool = ["10.0.0.2/24", "10.0.0.3/24", "10.0.0.3/16", "10.1.0.2/24", "fd00::2/64"]
        for address in draw(st.lists(st.sampled_from(pool), unique=True, max_size=3)):
            ip = address.partition("/")[0]
            if (space, ip) in taken:
                continue
            taken.add((space, ip))
            made.append(Address(netns=space, link=link, address=address, owner=LAB))
            if space and up and draw(st.booleans()):
                network = ip_interface(address).network
                six = network.version == 6
                to = draw(
                    st.sampled_from(["::/0", "fd99::/64"] if six else ["0.0.0.0/0", "10.9.0.0/24"])
                )
                route = Route(netns=space, to=to, via=str(network[1]), owner=LAB)
                if not any(one.key[:3] == route.key[:3] for one in made):
                    made.append(route)


def _vxlan(draw: Any, bridges: list[str]) -> Vxlan:
    remotes = draw(st.permutations(["192.0.2.8", "192.0.2.9"]))
    return Vxlan(
        name="tlx0",
        vni=draw(st.integers(1, 2)),
        device="eth0",
        local="192.0.2.7",
        remotes=tuple(remotes[: draw(st.integers(0, 2))]),
        master=draw(st.sampled_from([None, *bridges])),
        owner=LAB,
    )


def _domain(draw: Any, name: str, bridges: list[str]) -> Domain:
    nics = [
        DomainNic(mac=f"52:54:00:00:00:0{number}", bridge=draw(st.sampled_from(bridges)))
        for number in range(draw(st.integers(0, 2)) if bridges else 0)
    ]
    return Domain(
        name=f"{LAB}-{name}",
        uuid=f"u-{name}-{draw(st.integers(0, 1))}",
        memory=draw(st.sampled_from([64, 128])),
        vcpus=1,
        disk=draw(st.sampled_from(["", "a.qcow2"])),
        nics=tuple(nics),
        running=draw(st.booleans()),
        owner=LAB,
    )
