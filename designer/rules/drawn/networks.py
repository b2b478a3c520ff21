"""A network's addresses and DHCP range fit each other; one that the hypervisor has already takes
nothing else of the drawing."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface

from designer.rules.findings import Finding, error, listed, warning
from designer.rules.subnets import ip_of, ip_text, subnet_of
from designer.rules.view import View
from designer.topology.kinds import Network
from designer.topology.leasing import dhcp_address, dhcp_subnet

_OF_ITS_OWN = frozenset({"id", "host", "label", "existing"})
_DEFAULTS = {
    field.name: field.default for field, _ in Network.described() if field.name not in _OF_ITS_OWN
}
_TITLES = {field.name: spec.title for field, spec in Network.described()}
LARGEST = 16
"""Bits: libvirt takes no DHCP range of more than 65,535 addresses."""


def networks(view: View) -> Iterator[Finding]:
    existing: dict[tuple[str, str], list[str]] = {}
    for network in view.design.of_kind(Network):
        if network.existing:
            existing.setdefault((network.host, network.existing), []).append(network.id)
            yield from _existing(network)
        else:
            yield from _subnets(network)
            yield from _range(view, network)
    for (host, name), ids in existing.items():
        for id in ids if len(ids) > 1 else ():
            others = listed(one for one in ids if one != id)
            message = f"The network {name} of {host} is drawn as {others}, too."
            yield error("network-twice", f"nodes/{id}", "existing", message, "Draw it once.")


def _existing(network: Network) -> Iterator[Finding]:
    for name, default in _DEFAULTS.items():
        if getattr(network, name) != default:
            message = (
                f"{_TITLES[name]} means nothing on {network.id}: it is the hypervisor's own "
                f"network {network.existing}."
            )
            fix = "Leave it as it was, or take the existing network's name out."
            yield error("network-existing", f"nodes/{network.id}", name, message, fix)


def _subnets(network: Network) -> Iterator[Finding]:
    ref = f"nodes/{network.id}"
    seen = [subnet_of(one) for one in network.addresses]
    for at, one in enumerate(seen):
        if any(one.overlaps(other) for other in seen[:at]):
            message = f"{network.addresses[at]} is in a subnet that {network.id} has already."
            fix = "Give a network one address in each of its subnets."
            yield error("network-subnet", ref, "addresses", message, fix)
    for address, subnet in zip(network.addresses, seen, strict=True):
        if subnet.version == 6 and subnet.length != 64 and network.dhcp:
            message = f"Machines give themselves addresses only in a /64, and {address} is in none."
            fix = "Make the prefix /64, or set IPv6 addresses in the machines (RFC 4862, 5.5.3)."
            yield warning("network-prefix", ref, "addresses", message, fix)
    dhcp = dhcp_subnet(network)
    if dhcp is not None and dhcp.prefixlen > 30:
        message = f"{dhcp} has no room for DHCP."
        fix = "Make the prefix /30 or shorter, or turn DHCP off."
        yield error("network-subnet", ref, "addresses", message, fix)


def _range(view: View, network: Network) -> Iterator[Finding]:
    ref = f"nodes/{network.id}"
    ends = [(name, getattr(network, name)) for name in ("dhcp_start", "dhcp_end")]
    drawn = [(name, text) for name, text in ends if text]
    if not drawn:
        return
    if not network.dhcp:
        for name, _ in drawn:
            message = f"{_TITLES[name]} means nothing on {network.id}: DHCP is off."
            yield error("dhcp-range", ref, name, message, "Turn DHCP on, or leave it empty.")
        return
    subnet, address = dhcp_subnet(network), dhcp_address(network)
    if subnet is None:
        message = f"The subnet of {network.id} is chosen when it is deployed: no range is known."
        fix = "Draw an IPv4 address of the host here, or leave the range empty."
        yield error("dhcp-range", ref, drawn[0][0], message, fix)
        return
    within = subnet_of(address)
    outside = [one for one in drawn if not within.holds(*ip_of(one[1]))]
    for name, text in outside:
        message = f"{text} is not in {subnet}."
        fix = f"Name an address between {subnet[1]} and {subnet[-2]}."
        yield error("dhcp-range", ref, name, message, fix)
    if outside:
        return
    first = ip_of(network.dhcp_start)[1] if network.dhcp_start else int(subnet[1])
    last = ip_of(network.dhcp_end)[1] if network.dhcp_end else int(subnet[-2])
    if first > last:
        message = f"The range ends at {ip_text(4, last)}, before it starts."
        yield error("dhcp-range", ref, "dhcp_end", message, "Name a later address.")
        return
    if last - first >= 1 << LARGEST:
        message = "libvirt takes no DHCP range of more than 65,535 addresses."
        yield error("dhcp-range", ref, "dhcp_end", message, "Name an earlier address.")
        return
    own = int(ip_interface(address).ip)
    for held in view.held_by_lan.get(view.lans.of[network.id], ()):
        version, number = held.ip
        inside = version == 4 and first <= number <= last and number != own
        if inside and not held.leased:
            message = f"{held.holder} has {ip_text(4, number)}, which DHCP may give to another."
            fix = "Choose a range without it, or leave the range empty: then it is left out."
            yield warning("dhcp-range", ref, "dhcp_start", message, fix)
