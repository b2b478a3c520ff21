"""A veth pair for each link between stacks and bridges, with the addresses at its ends."""

from __future__ import annotations

from designer.compiler import names
from designer.compiler.build import NAMESPACES, Build, has_ipv6, port_of
from designer.machine.resources import Address, Veth
from designer.topology.kinds import Bridge, Network
from designer.topology.plugging import SWITCHES
from designer.topology.records import Interface, Link


def compile_veth(build: Build, link: Link) -> None:
    a, b = build.view.ends(link)
    one, other = _place(build, a), _place(build, b)
    _end(build, link, a, b, one, other)
    _end(build, link, b, a, other, one)


def _place(build: Build, end: Interface) -> tuple[str, str]:
    """The namespace and the name of an end."""
    node = build.view.node(end)
    return build.netns(node), build.interface_name(end, node)


def _end(
    build: Build,
    link: Link,
    near: Interface,
    far: Interface,
    here: tuple[str, str],
    there: tuple[str, str],
) -> None:
    node = build.view.node(near)
    bridge = node if isinstance(node, Bridge | Network) else None
    netns, name = here
    mac = near.mac
    if mac is None and node.kind in NAMESPACES:
        mac = names.container_mac(build.lab, near.id)
    veth = Veth(
        netns=netns,
        name=name,
        mac=mac,
        # A veth drops what is larger than its peer takes, so that one drawn MTU counts for both.
        mtu=near.mtu or far.mtu or build.lan_mtu(near.id),
        up=link.plugged or node.kind not in SWITCHES,
        master=build.bridge_name(bridge) if bridge else None,
        port=port_of(near, bridge) if isinstance(bridge, Bridge) else None,
        ipv6=not bridge and has_ipv6(near.addresses),
        peer_netns=there[0],
        peer=there[1],
        owner=build.lab,
    )
    ref = f"links/{link.id}" if bridge else f"interfaces/{near.id}"
    build.add(node.id, veth, ref)
    for address in () if bridge else near.addresses:
        resource = Address(netns=netns, link=name, address=address, owner=build.lab)
        build.add(node.id, resource, ref)
