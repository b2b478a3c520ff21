"""A veth pair for each link between stacks and bridges, with the addresses at its ends."""

from __future__ import annotations

from designer.compiler import names
from designer.compiler.build import NAMESPACES, Build, has_ipv6, port_of
from designer.machine.resources import Address, Veth
from designer.topology.kinds import Bridge
from designer.topology.records import Interface, Link


def compile_veth(build: Build, link: Link) -> None:
    a, b = build.view.ends(link)
    _end(build, link, a, b)
    _end(build, link, b, a)


def _end(build: Build, link: Link, near: Interface, far: Interface) -> None:
    node, peer = build.view.node(near), build.view.node(far)
    is_port = isinstance(node, Bridge)
    netns = build.netns(node)
    name = build.interface_name(near, node)
    mac = near.mac
    if mac is None and node.kind in NAMESPACES:
        mac = names.container_mac(build.lab, near.id)
    veth = Veth(
        netns=netns,
        name=name,
        mac=mac,
        # A veth drops what is larger than its peer takes, so that one drawn MTU counts for both.
        mtu=near.mtu or far.mtu or build.lan_mtu(near.id),
        master=build.bridge_name(node) if isinstance(node, Bridge) else None,
        port=port_of(near) if is_port else None,
        ipv6=not is_port and has_ipv6(near.addresses),
        peer_netns=build.netns(peer),
        peer=build.interface_name(far, peer),
        owner=build.lab,
    )
    ref = f"links/{link.id}" if is_port else f"interfaces/{near.id}"
    build.add(node.id, veth, ref)
    for address in () if is_port else near.addresses:
        resource = Address(netns=netns, link=name, address=address, owner=build.lab)
        build.add(node.id, resource, ref)
