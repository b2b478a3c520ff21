"""A network: libvirt's bridge with address, DHCP and forwarding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from designer.topology import fields
from designer.topology.records import Node

NETWORK_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")
"""libvirt takes any without a slash (virNetworkDefParseXML); we are stricter, as with files."""
DOMAIN = re.compile(
    r"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$"
)
"""Labels of RFC 1123, section 2.1, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Node):
    """virbr0 as everyone knows it, made by libvirt.

    ``addresses`` are the host's own on the network, the first of each family with DHCP (IPv4) or
    router advertisements (IPv6); none: a subnet is chosen from a pool when it is deployed. The
    address that is drawn at a VM's card on it becomes the VM's static lease.
    ``forwards`` are ports of the host, at every address of its own, that lead to a card behind it.

    With ``existing`` it is one of the hypervisor's own, used as it is and never changed; nothing
    else of it is drawn then.
    """

    kind: ClassVar[str] = "network"
    title: ClassVar[str] = "Network"
    help: ClassVar[str] = "A bridge with address, DHCP and forwarding, such as virbr0."
    takes_interfaces: ClassVar[str] = "ports"

    host: str = fields.reference("Host", "The host that it stands on.", "host")
    existing: str = fields.matching(
        "Existing network",
        "The name of a libvirt network that the hypervisor has already, such as default. It is "
        "used as it is, and never changed or removed. Empty: a network of the lab's own.",
        NETWORK_NAME,
        "a name of A-Z a-z 0-9 . _ -, at most 50",
        widget="network",
    )
    name: str = fields.interface_name(
        "Bridge", "The bridge's name, such as virbr1. Empty: generated."
    )
    forward: str = fields.choice(
        "Forwarding",
        "nat: out, under the host's address. routed: both ways, where others have a route. "
        "open: as routed, without libvirt's packet filter. isolated: to the host alone.",
        ("nat", "routed", "open", "isolated"),
        default="nat",
    )
    addresses: tuple[str, ...] = fields.addresses(
        "Addresses", "Of the host on this network. Empty: a free subnet is chosen."
    )
    ipv6: bool = fields.boolean("IPv6", "Where no address is drawn: an IPv6 subnet, too.")
    dhcp: bool = fields.boolean(
        "DHCP",
        "Gives addresses to what is plugged in; at a VM's card, the one that is drawn there.",
        default=True,
    )
    dhcp_start: str = fields.ip(
        "First DHCP address", "Empty: the whole subnet but for addresses that are drawn."
    )
    dhcp_end: str = fields.ip("Last DHCP address", "Empty: up to the end of the subnet.")
    forwards: tuple[dict[str, Any], ...] = fields.forwards(
        "Port forwards",
        "Of a NAT network: what comes to this port of the host goes to a card behind it.",
    )
    dns: bool = fields.boolean(
        "DNS", "The host answers names here, and asks its own servers.", default=True, advanced=True
    )
    domain: str = fields.matching(
        "DNS domain",
        "Names of machines here end with it. Empty: none.",
        DOMAIN,
        "a domain such as lab.example, in lower case",
        advanced=True,
    )
    mtu: int | None = fields.integer(
        "MTU", "Largest packet. Empty: what the path allows.", 68, 65535, unit="bytes"
    )
