"""A bridge, and the hypervisor's own addresses on it."""

from __future__ import annotations

from designer.compiler.build import DEFAULT, Build, has_ipv6
from designer.machine import resources as machine
from designer.topology.kinds import Bridge


def compile_bridge(build: Build, bridge: Bridge) -> None:
    ref = f"nodes/{bridge.id}"
    name = build.bridge_name(bridge)
    build.add(
        bridge.id,
        machine.Bridge(
            name=name,
            mac=bridge.mac,
            mtu=bridge.mtu or build.lan_mtu(bridge.id),
            ipv6=bridge.ipv6 or has_ipv6((*bridge.addresses, bridge.gateway)),
            stp=bridge.stp,
            priority=bridge.priority,
            forward_delay=bridge.forward_delay,
            hello_time=bridge.hello_time,
            max_age=bridge.max_age,
            ageing_time=bridge.ageing_time,
            vlan_filtering=bridge.vlan_filtering,
            vlan=(bridge.vlan or 0) if bridge.vlan_filtering else None,
            owner=build.lab,
        ),
        ref,
    )
    for address in bridge.addresses:
        build.add(bridge.id, machine.Address(link=name, address=address, owner=build.lab), ref)
    if via := bridge.gateway:
        to = DEFAULT[6 if ":" in via else 4]
        build.add(bridge.id, machine.Route(to=to, via=via, link=name, owner=build.lab), ref)
