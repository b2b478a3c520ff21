"""Hypothesis strategies: small labs with names that collide between one lab and the next, so that
things are replaced, moved and renamed, and machines with drift."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface
from typing import Any

from hypothesis import strategies as st

from designer.machine.images import content_of
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
    Seed,
    StaticLease,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState

LAB = "mylab"
_MACS = st.sampled_from([None, "02:00:00:00:00:01", "02:00:00:00:00:02"])
_IMAGES = [f"{name}.qcow2@{digit * 64}" for name, digit in ("aa", "bb", "cb")]
"""Of a library; the last two are one content by two names."""
_MTUS = st.sampled_from([None, 1400, 1500])
_VLANS = st.sampled_from(
    [
        {"pvid": 0, "untagged": (), "tagged": (10, 20)},
        {"pvid": 0, "untagged": (), "tagged": (10, 20, 30)},
        {"pvid": 10, "untagged": (10,), "tagged": ()},
        {"pvid": 1, "untagged": (1,), "tagged": (10,)},
    ]
)


@st.composite
def labs(draw: Any) -> MachineState:
    """A desired state that a kernel would take."""
    made: list[Resource] = []
    bridges = draw(st.lists(st.sampled_from(["br0", "br1", "x0"]), unique=True, max_size=3))
    aware = {name: draw(st.booleans()) for name in bridges}
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
                vlan_filtering=aware[name],
                vlan=draw(st.sampled_from([0, 10])) if aware[name] else None,
                owner=LAB,
            )
        )
    networks = {} if draw(st.booleans()) else _networks(draw, bridges, made)
    switches = aware | {network.bridge: False for network in networks.values()}
    spaces = draw(st.lists(st.sampled_from(["c0", "c1", "c2"]), unique=True, max_size=3))
    for space in spaces:
        made.append(Namespace(name=f"{LAB}-{space}", forwarding=draw(st.booleans()), owner=LAB))
    netns = ["", *(f"{LAB}-{space}" for space in spaces)]
    ends = _pairs(draw, netns, switches, made)
    if draw(st.booleans()):
        ends += _vlans(draw, netns, aware, made)
    if draw(st.booleans()):
        made.append(_vxlan(draw, aware))
    if bridges and draw(st.booleans()):
        master = draw(st.sampled_from(bridges))
        made.append(
            Physical(name="eth1", master=master, port=_port(draw, aware, master), owner=LAB)
        )
    _addresses(draw, [*ends, *(("", name, True) for name in bridges)], made)
    for space in netns[1:]:
        if draw(st.booleans()):
            outside = tuple(draw(st.permutations(["eth0", "eth1"])))[: draw(st.integers(0, 2))]
            apart = draw(st.sampled_from([(), ("eth0", "eth1"), ("eth1", "eth2")]))
            name = f"trunkline-{LAB}"
            made.append(
                NatTable(netns=space, name=name, outside=outside, isolated=apart, owner=LAB)
            )
    owned = [one for one in networks.values() if one.owner is not None]
    if owned and draw(st.booleans()):
        _forwards(draw, owned, made)
    for name in draw(st.lists(st.sampled_from(["v0", "v1"]), unique=True)):
        made.append(_domain(draw, name, switches, networks))
    for content in {content_of(one.disk) for one in made if isinstance(one, Domain)} - {""}:
        made.append(Image(sha256=content, name="a.qcow2", size=1))
    return MachineState.of(draw(st.permutations(made)))


def _forwards(draw: Any, networks: list[Network], made: list[Resource]) -> None:
    """Some of the networks become open and are behind a table of ours, with ports to one."""
    some = draw(st.lists(st.sampled_from(networks), unique_by=lambda one: one.bridge, min_size=1))
    for network in some:
        made[made.index(network)] = replace(network, forward="open")
    behind = tuple(
        Behind(bridge=one.bridge, subnets=(str(ip_interface(one.addresses[0]).network),))
        for one in some
    )
    forward = Forward(
        protocol="tcp", port=8080, to="10.0.0.9", to_port=80, near=behind[0].subnets[0]
    )
    forwards = draw(st.sampled_from([(), (forward,), (forward, replace(forward, port=8081))]))
    name = f"trunkline-{LAB}"
    made.append(NatTable(netns="", name=name, behind=behind, forwards=forwards, owner=LAB))


def _networks(draw: Any, bridges: list[str], made: list[Resource]) -> dict[str, Network]:
    """libvirt's networks by their bridges, whose names a plain bridge has in other labs, and the
    hypervisor's own."""
    found: dict[str, Network] = {}
    free = draw(st.permutations([one for one in ("virbr1", "br0", "br1") if one not in bridges]))
    subnets = draw(st.permutations(["10.0.0.1/24", "10.1.0.1/24", "10.0.0.1/16"]))
    for name in draw(st.lists(st.sampled_from(["net0", "net1"]), unique=True)):
        if not free:
            break
        address = subnets.pop()
        while any(_overlap(address, other) for other in found.values()):
            address = subnets.pop()
        ranges = (DhcpRange(start="10.0.0.10", end="10.0.0.99"),)
        leases = (StaticLease(mac="52:54:00:00:00:00", ip="10.0.0.5", name="v0"),)
        network = Network(
            name=f"{LAB}-{name}",
            bridge=free.pop(),
            uuid=f"n-{name}-{draw(st.integers(0, 1))}",
            forward=draw(st.sampled_from(["nat", "isolated"])),
            addresses=(address,),
            ranges=draw(st.sampled_from([(), ranges])),
            leases=draw(st.sampled_from([(), leases])),
            domain=draw(st.sampled_from(["", "lab.example"])),
            dns=True,
            mtu=draw(_MTUS),
            running=True,
            autostart=True,
            owner=LAB,
        )
        found[network.bridge] = network
        made.append(network)
    if draw(st.booleans()):
        found["virbr0"] = Network(name="default", bridge="virbr0")
        made.append(found["virbr0"])
    return found


def _overlap(address: str, other: Network) -> bool:
    one = ip_interface(address).network
    return any(one.overlaps(ip_interface(two).network) for two in other.addresses or ())


def _pairs(
    draw: Any, netns: list[str], aware: dict[str, bool], made: list[Resource]
) -> list[tuple[str, str, bool]]:
    """Veth pairs between any two places; few names, so that peers change between labs."""
    bridges = list(aware)
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
            master = draw(st.sampled_from(bridges)) if plugged else None
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
                    master=master,
                    port=_port(draw, aware, master),
                    owner=LAB,
                )
            )
            ends.append((space, name, up))
    return ends


def _port(draw: Any, aware: dict[str, bool], master: str | None) -> Port | None:
    """Settings of a port of this bridge, with VLANs where it filters."""
    if master is None:
        return None
    vlans: dict[str, Any] = draw(_VLANS) if aware[master] else {}
    cost, hairpin = draw(st.sampled_from([None, 4])), draw(st.sampled_from([None, True]))
    return Port(cost=cost, hairpin=hairpin, **vlans)


def _vlans(
    draw: Any, netns: list[str], aware: dict[str, bool], made: list[Resource]
) -> list[tuple[str, str, bool]]:
    """Sub-interfaces of two cards, few ids and few names: a VLAN moves from one to another."""
    taken = {one.key for one in made}
    pairs = [(device, vid) for device in ("eth0", "eth1") for vid in (10, 20)]
    places = [(space, name) for space in netns for name in ("eth0", "x0", "v10", "v20")]
    free = [
        (space, name)
        for space, name in places
        if ("link", space, name) not in taken and (space or name != "eth0")
    ]
    ends = []
    chosen = draw(st.permutations(pairs))[: draw(st.integers(1, 3))]
    for (device, vid), (space, name) in zip(chosen, draw(st.permutations(free)), strict=False):
        up = draw(st.sampled_from([True, True, False]))
        plugged = space == "" and aware and draw(st.booleans())
        master = draw(st.sampled_from(list(aware))) if plugged else None
        made.append(
            Vlan(
                netns=space,
                name=name,
                device=device,
                vid=vid,
                mac=draw(_MACS),
                mtu=draw(_MTUS),
                up=up,
                ipv6=draw(st.sampled_from([None, False])),
                master=master,
                port=_port(draw, aware, master),
                owner=LAB,
            )
        )
        ends.append((space, name, up))
    made.append(Module(name="8021q"))
    made += [Parent(device=device, owner=LAB) for device in sorted({one for one, _ in chosen})]
    return ends


def _addresses(draw: Any, ends: list[tuple[str, str, bool]], made: list[Resource]) -> None:
    taken: set[tuple[str, str]] = set()
    bridges = [one for one in made if isinstance(one, Bridge)]
    for space, link, up in ends:
        pool = ["10.0.0.2/24", "10.0.0.3/24", "10.0.0.3/16", "10.1.0.2/24", "fd00::2/64"]
        for address in draw(st.lists(st.sampled_from(pool), unique=True, max_size=3)):
            ip = address.partition("/")[0]
            if (space, ip) in taken:
                continue
            taken.add((space, ip))
            made.append(Address(netns=space, link=link, address=address, owner=LAB))
            bridge = link if any(one.key == ("link", "", link) for one in bridges) else None
            if (space or bridge) and up and draw(st.booleans()):
                network = ip_interface(address).network
                six = network.version == 6
                to = draw(
                    st.sampled_from(["::/0", "fd99::/64"] if six else ["0.0.0.0/0", "10.9.0.0/24"])
                )
                if not space:  # of the hypervisor's own, a default one alone
                    to = "::/0" if six else "0.0.0.0/0"
                route = Route(
                    netns=space,
                    to=to,
                    via=str(network[1]),
                    link=None if space else bridge,
                    owner=LAB,
                )
                if not any(one.key[:3] == route.key[:3] for one in made):
                    made.append(route)


def _vxlan(draw: Any, aware: dict[str, bool]) -> Vxlan:
    remotes = draw(st.permutations(["192.0.2.8", "192.0.2.9"]))
    master = draw(st.sampled_from([None, *aware]))
    return Vxlan(
        name="tlx0",
        vni=draw(st.integers(1, 2)),
        device="eth0",
        local="192.0.2.7",
        remotes=tuple(remotes[: draw(st.integers(0, 2))]),
        master=master,
        port=_port(draw, aware, master),
        owner=LAB,
    )


def _domain(draw: Any, name: str, aware: dict[str, bool], networks: dict[str, Network]) -> Domain:
    nics = []
    for number in range(draw(st.integers(0, 2)) if aware else 0):
        bridge = draw(st.sampled_from(list(aware)))
        vlans: dict[str, Any] = draw(_VLANS) if aware[bridge] else {}
        network = networks[bridge].name if bridge in networks else ""
        mac, plugged = f"52:54:00:00:00:0{number}", draw(st.booleans())
        model = draw(st.sampled_from(["virtio", "virtio", "e1000"]))
        nics.append(
            DomainNic(
                mac=mac, bridge=bridge, network=network, model=model, plugged=plugged, **vlans
            )
        )
    return Domain(
        name=f"{LAB}-{name}",
        uuid=f"u-{name}-{draw(st.integers(0, 1))}",
        memory=draw(st.sampled_from([64, 128])),
        memory_max=draw(st.sampled_from([0, 128])),
        vcpus=draw(st.sampled_from([1, 2])),
        vcpus_max=draw(st.sampled_from([0, 2])),
        disk=(disk := draw(st.sampled_from(["", "a.qcow2", *_IMAGES]))),
        disk_size=draw(st.sampled_from([None, 1024, 2048])) if disk else None,
        seed=draw(st.sampled_from([None, Seed(hostname="a"), Seed(hostname="a", user="u")])),
        graphics=draw(st.sampled_from(["none", "vnc"])),
        nics=tuple(nics),
        running=draw(st.booleans()),
        owner=LAB,
    )
