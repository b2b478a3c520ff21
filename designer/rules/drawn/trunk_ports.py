"""A trunk stands between one NIC and what its VLANs lead to."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, called, error, listed, warning
from designer.rules.view import View
from designer.topology.trunks import Access, Trunking
from designer.topology.vlans import shown


def trunk_ports(view: View) -> Iterator[Finding]:
    for trunking in view.trunks.values():
        yield from _uplinks(trunking)
        yield from _aware(trunking) if trunking.aware else _sub_interfaces(trunking)


def _uplinks(trunking: Trunking) -> Iterator[Finding]:
    id = trunking.trunk.id
    leads = any(one.far is not None or one.port.addresses for one in trunking.accesses)
    if not trunking.uplinks:
        message = f"{id} is on no NIC: its VLANs have nowhere to come from."
        fix = f"Link it to the inner side (in) of a NIC of {trunking.trunk.host}."
        yield error("trunk-nic", f"nodes/{id}", "", message, fix)
    elif not leads:
        message = f"{id} leads nowhere: no VLAN of it is linked to anything."
        fix = "Link it to a bridge, container or router, or take it out."
        yield warning("trunk-leads-nowhere", f"nodes/{id}", "", message, fix)
    if len(trunking.uplinks) > 1:
        nics = listed(nic.id for _, nic, _ in trunking.uplinks)
        message = f"{id} is on {nics}; a trunk is on one NIC."
        fix = "Draw a trunk for each NIC."
        yield error("trunk-nic", f"nodes/{id}", "", message, fix)


def _aware(trunking: Trunking) -> Iterator[Finding]:
    id = trunking.trunk.id
    linked = [one for one in trunking.accesses if one.far is not None]
    if len(linked) > 1:
        ports = listed(one.port.id for one in linked)
        message = f"{id} is VLAN-aware and leads to {len(linked)} places: {ports}."
        fix = "Keep the link to one VLAN-aware bridge, or build the trunk of sub-interfaces."
        yield error("trunk-bridge", f"nodes/{id}", "", message, fix)
    for access in linked:
        assert access.node is not None
        ref = f"interfaces/{access.port.id}"
        if access.bridge is None:
            message = f"{id} is VLAN-aware and leads to the {called(access.node.kind)} " + (
                f"{access.node.id}; it leads to a VLAN-aware bridge only."
            )
            fix = "Draw a VLAN-aware bridge in between, or build the trunk of sub-interfaces."
            yield error("trunk-bridge", ref, "", message, fix)
        elif not access.bridge.vlan_filtering:
            message = f"{id} is VLAN-aware, and {access.node.id} would mix its VLANs."
            fix = f"Make {access.node.id} VLAN-aware, or build the trunk of sub-interfaces."
            yield error("trunk-bridge", ref, "", message, fix)


def _sub_interfaces(trunking: Trunking) -> Iterator[Finding]:
    trunk, at = trunking.trunk, dict[int, list[str]]()
    choose = "List its VLANs at the trunk, and choose one."
    if trunking.ids:
        choose = f"Choose one of the trunk's: {shown(trunking.ids)}."
    for access in trunking.accesses:
        port, vlan = access.port, access.vlan
        ref = f"interfaces/{port.id}"
        if vlan is None:
            if access.far is not None or port.addresses:
                message = f"{port.id} does not say which VLAN it is."
                yield error("trunk-port-vlan", ref, "vlan", message, choose)
            continue
        if vlan not in trunking.ids:
            message = f"VLAN {vlan} is not on {trunk.id}."
            fix = f"Add it to the VLANs of {trunk.id}."
            if trunking.ids:
                fix = f"Add it there, or choose one that is: {shown(trunking.ids)}."
            yield error("trunk-port-vlan", ref, "vlan", message, fix)
        elif vlan == trunk.native:
            yield from _native(trunking, access)
        if access.far is not None or port.addresses:
            at.setdefault(vlan, []).append(port.id)
    for vlan, ports in at.items():
        for id in ports if len(ports) > 1 else ():
            others = listed(other for other in ports if other != id)
            message = f"VLAN {vlan} of {trunk.id} is at {others}, too."
            fix = "Keep one: a NIC has each VLAN once; a bridge there takes any number of machines."
            yield error("vlan-twice", f"interfaces/{id}", "vlan", message, fix)


def _native(trunking: Trunking, access: Access) -> Iterator[Finding]:
    """The native VLAN has no sub-interface: the card itself is a port of its bridge."""
    if access.bridge is not None or (access.far is None and not access.port.addresses):
        return
    where = f"into {access.node.id}" if access.node is not None else "for addresses of the host"
    message = (
        f"VLAN {access.vlan} is native on {trunking.trunk.id}: the card itself carries it, and a "
        f"card is not taken {where}."
    )
    fix = "Draw a bridge in between, or let it pass tagged: take it out of the native VLAN."
    if access.node is None:
        fix = "Link a bridge and put the addresses there, or let another VLAN be the native one."
    yield error("trunk-native-port", f"interfaces/{access.port.id}", "vlan", message, fix)
