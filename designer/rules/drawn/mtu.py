"""MTUs fit: the two ends of a link, the members of a LAN, IPv6, and room for VXLAN's headers.

Whether they fit the cards is known where the design is placed."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed, warning
from designer.rules.view import STACKS, View
from designer.topology.cables import Cable

ETHERNET = 1500
IPV6_LEAST = 1280
"""RFC 8200, section 5."""
VXLAN_LEAST_OVERHEAD = 50
"""RFC 7348 over IPv4: 14 + 8 + 8 + 20 bytes."""


def mtu_ends(view: View) -> Iterator[Finding]:
    """A veth pair drops what is larger than its other end takes."""
    for id, cable in view.cables.items():
        near, far = view.ends(view.design.links[id])
        drawn = near.mtu is not None and far.mtu is not None and near.mtu != far.mtu
        if drawn and cable in (Cable.VETH, Cable.TAP):
            message = f"{near.id} has MTU {near.mtu} and {far.id} has {far.mtu}."
            fix = "Give both ends the same, or only one: the other follows."
            yield error("mtu-ends", f"links/{id}", "", message, fix)


def mtu_ipv6(view: View) -> Iterator[Finding]:
    fix = f"Make it {IPV6_LEAST} or more, or take the IPv6 address out."
    for interface in view.design.interfaces.values():
        if not any(":" in address for address in interface.addresses):
            continue
        links = view.links_at.get(interface.id)
        mtu = interface.mtu or (view.far(links[0], interface.id).mtu if links else None)
        if mtu is not None and mtu < IPV6_LEAST:
            message = f"IPv6 wants {IPV6_LEAST} bytes; the MTU is {mtu}."
            yield error("mtu-ipv6", f"interfaces/{interface.id}", "mtu", message, fix)
    for bridge in view.switches:
        wants = bridge.ipv6 or any(":" in one for one in bridge.addresses)
        if bridge.mtu is not None and bridge.mtu < IPV6_LEAST and wants:
            message = f"IPv6 wants {IPV6_LEAST} bytes; the MTU is {bridge.mtu}."
            yield error("mtu-ipv6", f"nodes/{bridge.id}", "mtu", message, fix)


def mtu_vxlan(view: View) -> Iterator[Finding]:
    """Whether it fits is known where it is placed; an ordinary NIC has room for 1450."""
    fits = ETHERNET - VXLAN_LEAST_OVERHEAD
    for ref, lan, mtu in drawn_mtus(view):
        if lan in view.vxlan_lans and mtu > fits:
            message = (
                f"The LAN crosses VXLAN: MTU {mtu} fits only over NICs with "
                f"{mtu + VXLAN_LEAST_OVERHEAD} or more."
            )
            fix = f"Leave it empty, or make it {fits} or less."
            yield warning("mtu-vxlan", ref, "mtu", message, fix)


def mtu_lan(view: View) -> Iterator[Finding]:
    """Machines in one LAN that differ lose large packets without a word."""
    drawn = {lan for _, lan, _ in drawn_mtus(view)}
    if not drawn:
        return
    smaller: dict[str, dict[int, list[str]]] = {}
    for interface in view.design.interfaces.values():
        links = view.links_at.get(interface.id)
        kind = view.node(interface).kind
        if not links or (kind not in STACKS and kind != "vm"):
            continue
        lan = view.lans.of[interface.id]
        if lan not in drawn:
            continue
        mtu = interface.mtu or view.far(links[0], interface.id).mtu
        if mtu is None and lan in view.vxlan_lans:
            continue
        smaller.setdefault(lan, {}).setdefault(mtu or ETHERNET, []).append(interface.id)
    for by_mtu in smaller.values():
        most = max(by_mtu)
        for mtu, ids in by_mtu.items():
            for id in ids if mtu < most else ():
                message = f"Its MTU is {mtu}, that of {listed(by_mtu[most], most=3)} is {most}."
                fix = "Give every machine in the LAN the same MTU."
                yield warning("mtu-lan", f"interfaces/{id}", "mtu", message, fix)


def drawn_mtus(view: View) -> Iterator[tuple[str, str, int]]:
    """Every MTU that was drawn, as (ref, LAN, MTU)."""
    for interface in view.design.interfaces.values():
        if interface.mtu is not None:
            yield f"interfaces/{interface.id}", view.lans.of[interface.id], interface.mtu
    for bridge in view.switches:
        if bridge.mtu is not None:
            yield f"nodes/{bridge.id}", view.lans.of[bridge.id], bridge.mtu
