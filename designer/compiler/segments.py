"""A segment: a VXLAN device on each hypervisor's bridge, or the NIC itself as a port."""

from __future__ import annotations

from designer.compiler import names
from designer.compiler.build import Build, port_of
from designer.machine.resources import Physical, Veth, Vxlan
from designer.topology.kinds import Segment
from designer.topology.uplinks import Uplink


def compile_segment(build: Build, segment: Segment) -> None:
    uplinks = build.view.uplinks[segment.id]
    if segment.transport == "plain":
        for uplink in uplinks:
            _enslave(build, uplink)
        return
    first_on: dict[str, Uplink] = {}
    for uplink in uplinks:
        first = first_on.setdefault(build.hypervisors[uplink.nic.id], uplink)
        if first is not uplink:
            _short_cut(build, first, uplink)
    for uplink in first_on.values():
        _tunnel(build, uplink, list(first_on.values()))


def _tunnel(build: Build, uplink: Uplink, all_ends: list[Uplink]) -> None:
    segment, port = uplink.segment, uplink.port
    addresses = build.site.underlays[segment.id].addresses

    def address(end: Uplink) -> str:
        return addresses[build.hypervisors[end.nic.id], end.nic.name]

    vxlan = Vxlan(
        name=port.name or names.vxlan(build.lab, port.id),
        mac=port.mac,
        mtu=port.mtu or build.lan_mtu(port.id),
        up=uplink.link.plugged,
        master=build.bridge_name(uplink.bridge),
        port=port_of(port, uplink.bridge),
        ipv6=False,
        vni=segment.vni or build.vnis[segment.id],
        device=uplink.nic.name,
        local=address(uplink),
        remotes=tuple(sorted(address(end) for end in all_ends if end is not uplink)),
        owner=build.lab,
    )
    build.add(uplink.bridge.id, vxlan, f"links/{uplink.link.id}")


def _short_cut(build: Build, first: Uplink, other: Uplink) -> None:
    """Two hosts on one hypervisor meet without the segment: it takes one tunnel of a VNI only."""
    sides = [first.port.id, other.port.id]
    here, there = (names.host_side(build.lab, "~".join(ids)) for ids in (sides, sides[::-1]))
    for uplink, name, peer in ((first, here, there), (other, there, here)):
        veth = Veth(
            name=name,
            mtu=uplink.port.mtu or build.lan_mtu(uplink.port.id),
            up=uplink.link.plugged,
            master=build.bridge_name(uplink.bridge),
            port=port_of(uplink.port, uplink.bridge),
            ipv6=False,
            peer=peer,
            owner=build.lab,
        )
        build.add(uplink.bridge.id, veth, f"links/{other.link.id}")


def _enslave(build: Build, uplink: Uplink) -> None:
    nic = Physical(
        name=uplink.nic.name,
        master=build.bridge_name(uplink.bridge),
        port=port_of(uplink.port, uplink.bridge),
        owner=build.lab,
    )
    build.add(uplink.bridge.id, nic, f"links/{uplink.link.id}")
