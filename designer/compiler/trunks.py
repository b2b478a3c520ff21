"""A trunk: VLAN sub-interfaces over its NIC, or the NIC itself as a port of a VLAN-aware bridge.

A sub-interface is a port of the bridge that its VLAN leads to, or is the very interface of the
container or router there, or stands by itself with the host's addresses. That a card has each VLAN
once is for the rules of the structure to see to.
"""

from __future__ import annotations

from designer.compiler import names
from designer.compiler.build import Build, has_ipv6, port_of, vlans_of
from designer.machine.resources import Address, Module, Parent, Physical, Port, Vlan
from designer.topology.kinds import Bridge, Nic, Trunk
from designer.topology.records import Interface
from designer.topology.trunks import Access, Trunking

MODULE = "8021q"


def compile_trunk(build: Build, trunk: Trunk) -> None:
    trunking = build.view.trunks[trunk.id]
    nic = trunking.nic
    if nic is None:  # on no NIC and leading nowhere; else a rule of the structure refuses it
        return
    for access in trunking.accesses:
        if trunking.aware:
            _whole(build, trunking, nic, access)
        elif access.vlan is None:
            continue
        elif access.vlan == trunk.native:
            _native(build, nic, access)
        elif name := trunking.sub_interface(access):
            _below(build, trunk, nic)
            _sub_interface(build, nic, access, access.vlan, name)


def _below(build: Build, trunk: Trunk, nic: Nic) -> None:
    """What a sub-interface needs before it can be: the kernel's module, and its card up."""
    ref = f"nodes/{trunk.id}"
    inventory = build.site.inventory(trunk.id)
    if inventory is not None and MODULE in inventory.loadable:
        build.share(trunk.id, Module(name=MODULE), ref)
    build.share(trunk.id, Parent(device=nic.name, owner=build.lab), ref)


def _sub_interface(build: Build, nic: Nic, access: Access, vid: int, name: str) -> None:
    if access.bridge is not None:
        _port(build, nic, access, access.bridge, vid, name)
    elif access.far is not None:
        _interface(build, nic, access.port, access.far, vid, name)
    else:
        _own(build, nic, access.port, vid, name)


def _port(build: Build, nic: Nic, access: Access, bridge: Bridge, vid: int, name: str) -> None:
    port, far = access.port, access.far
    assert far is not None
    assert access.link is not None
    vlan = Vlan(
        name=name,
        mac=port.mac,
        mtu=port.mtu or far.mtu,
        up=access.link.plugged,
        master=build.bridge_name(bridge),
        port=port_of(far, bridge),
        ipv6=False,
        device=nic.name,
        vid=vid,
        owner=build.lab,
    )
    build.add(bridge.id, vlan, f"links/{access.link.id}")


def _interface(
    build: Build, nic: Nic, port: Interface, far: Interface, vid: int, name: str
) -> None:
    """The interface of a container or router, with its MAC as a veth end has it: on one NIC the
    VLANs of several shall not look like one machine."""
    node = build.view.node(far)
    netns, ref = build.netns(node), f"interfaces/{far.id}"
    vlan = Vlan(
        netns=netns,
        name=name,
        mac=far.mac or names.container_mac(build.lab, far.id),
        mtu=far.mtu or port.mtu,
        ipv6=has_ipv6(far.addresses),
        device=nic.name,
        vid=vid,
        owner=build.lab,
    )
    build.add(node.id, vlan, ref)
    _addresses(build, far, netns, name)


def _own(build: Build, nic: Nic, port: Interface, vid: int, name: str) -> None:
    """One of the hypervisor's own, with the addresses drawn at the trunk's port."""
    vlan = Vlan(
        name=name,
        mac=port.mac,
        mtu=port.mtu,
        ipv6=has_ipv6(port.addresses),
        device=nic.name,
        vid=vid,
        owner=build.lab,
    )
    build.add(port.node, vlan, f"interfaces/{port.id}")
    _addresses(build, port, "", name)


def _addresses(build: Build, interface: Interface, netns: str, name: str) -> None:
    for address in interface.addresses:
        resource = Address(netns=netns, link=name, address=address, owner=build.lab)
        build.add(interface.node, resource, f"interfaces/{interface.id}")


def _native(build: Build, nic: Nic, access: Access) -> None:
    """Untagged frames are the NIC's own: it is the port. What leads elsewhere a rule refuses."""
    if access.bridge is not None and access.far is not None:
        _card(build, nic, access, access.bridge, port_of(access.far, access.bridge))


def _whole(build: Build, trunking: Trunking, nic: Nic, access: Access) -> None:
    """All VLANs of the trunk through one port of a VLAN-aware bridge, the native one untagged."""
    far, bridge = access.far, access.bridge
    if far is not None and bridge is not None:
        vlans = vlans_of(trunking.trunk.native, trunking.tagged)
        port = Port(cost=far.cost, priority=far.priority, hairpin=far.hairpin, **vlans)
        _card(build, nic, access, bridge, port)


def _card(build: Build, nic: Nic, access: Access, bridge: Bridge, port: Port) -> None:
    assert access.link is not None
    card = Physical(name=nic.name, master=build.bridge_name(bridge), port=port, owner=build.lab)
    build.add(bridge.id, card, f"links/{access.link.id}")
