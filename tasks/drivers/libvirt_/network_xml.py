"""The XML of a libvirt network, written from the resource and read into it.

Built as elements, never as text. Element names and their order: libvirt's own schema
(network.rng); the meanings: https://libvirt.org/formatnetwork.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_interface

from lxml import etree

from designer.machine.marks import METADATA_NAMESPACE, Mark
from designer.machine.resources import DhcpRange, Network, StaticLease
from designer.machine.state import NetworkFacts
from tasks.drivers.libvirt_.reading import mark_of
from tasks.drivers.libvirt_.writing import PREFIX

_MODES = {"nat": "nat", "routed": "route", "open": "open"}
"""libvirt's word for each way to forward; an isolated network has none."""
_FORWARDS = {mode: forward for forward, mode in _MODES.items()}


def network_xml(network: Network, mark: Mark) -> str:
    """The definition of a network of ours; what is unstated is left to libvirt."""
    root = etree.Element("network")
    etree.SubElement(root, "name").text = network.name
    if network.uuid:
        etree.SubElement(root, "uuid").text = network.uuid
    metadata = etree.SubElement(root, "metadata")
    tag = f"{{{METADATA_NAMESPACE}}}mark"
    names = {PREFIX: METADATA_NAMESPACE}
    marks = {"lab": mark.lab, "deployment": mark.deployment}
    metadata.append(etree.Element(tag, marks, nsmap=names))
    addresses = network.addresses or ()
    if network.forward in _MODES:
        forward = etree.SubElement(root, "forward", mode=_MODES[network.forward])
        if network.forward == "nat" and any(":" in one for one in addresses):
            etree.SubElement(forward, "nat", ipv6="yes")  # without it IPv6 is routed
    etree.SubElement(root, "bridge", name=network.bridge, stp="on", delay="0")
    if network.mtu is not None:
        etree.SubElement(root, "mtu", size=str(network.mtu))
    if network.domain:
        etree.SubElement(root, "domain", name=network.domain, localOnly="yes")
    if network.dns is False:
        etree.SubElement(root, "dns", enable="no")
    for address in addresses:
        root.append(_ip(network, address))
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def _ip(network: Network, address: str) -> etree._Element:
    """One subnet, with what of DHCP is in it. Of each family, libvirt takes DHCP in one."""
    interface = ip_interface(address)
    element = etree.Element(
        "ip", address=str(interface.ip), prefix=str(interface.network.prefixlen)
    )
    if interface.version == 6:
        element.set("family", "ipv6")
    every: tuple[DhcpRange | StaticLease, ...] = (
        *(network.ranges or ()),
        *(network.leases or ()),
    )
    entries = [entry for entry in every if subnet_holds(address, entry)]
    if entries:
        dhcp = etree.SubElement(element, "dhcp")
        dhcp.extend(entry_element(entry) for entry in entries)
    return element


def subnet_holds(address: str, entry: DhcpRange | StaticLease) -> bool:
    first = entry.start if isinstance(entry, DhcpRange) else entry.ip
    return ip_address(first) in ip_interface(address).network


def entry_element(entry: DhcpRange | StaticLease) -> etree._Element:
    """A range or a host, as a definition has it and virNetworkUpdate takes it."""
    if isinstance(entry, DhcpRange):
        return etree.Element("range", start=entry.start, end=entry.end)
    stated = (("mac", entry.mac), ("name", entry.name), ("ip", entry.ip))
    return etree.Element("host", {name: value for name, value in stated if value})


def network_of(root: etree._Element, *, active: bool, autostart: bool) -> Network:
    """A network as libvirt tells it. Lists are sorted."""
    owner = mark_of(root)
    mtu = _attribute(root, "mtu", "size")
    return Network(
        name=(root.findtext("name") or "").strip(),
        bridge=_attribute(root, "bridge", "name"),
        uuid=(root.findtext("uuid") or "").strip(),
        forward=_forward(root),
        addresses=addresses_of(root),
        ranges=tuple(sorted(_ranges(root))),
        leases=tuple(sorted(_leases(root))),
        domain=_attribute(root, "domain", "name"),
        dns=_attribute(root, "dns", "enable") != "no",
        mtu=int(mtu) if mtu.isdecimal() else None,
        running=active,
        autostart=autostart,
        owner=owner.lab if owner else None,
    )


def facts_of(root: etree._Element, *, active: bool) -> NetworkFacts:
    seen = network_of(root, active=active, autostart=False)
    return NetworkFacts(
        name=seen.name,
        bridge=seen.bridge,
        forward=seen.forward or "",
        addresses=seen.addresses or (),
        dhcp=bool(seen.ranges or seen.leases),
        active=active,
        owner=seen.owner,
    )


def addresses_of(root: etree._Element) -> tuple[str, ...]:
    """The hypervisor's on the bridge, in libvirt's order: virNetworkUpdate counts them so."""
    return tuple(_address(ip) for ip in root.iterfind("ip") if ip.get("address"))


def _address(ip: etree._Element) -> str:
    prefix = ip.get("prefix") or ip.get("netmask")
    if prefix is None:  # by class, as in old times; of IPv6 the whole address
        prefix = "128" if ip.get("family") == "ipv6" else _class_of(ip.get("address", ""))
    return str(ip_interface(f"{ip.get('address')}/{prefix}"))


def _class_of(address: str) -> str:
    first = int(address.partition(".")[0])
    return "8" if first < 128 else "16" if first < 192 else "24"


def _forward(root: etree._Element) -> str:
    forward = root.find("forward")
    if forward is None:
        return "isolated"
    mode = forward.get("mode", "nat")
    return _FORWARDS.get(mode, mode)


def _ranges(root: etree._Element) -> Iterable[DhcpRange]:
    for one in root.iterfind("ip/dhcp/range"):
        yield DhcpRange(start=one.get("start", ""), end=one.get("end", ""))


def _leases(root: etree._Element) -> Iterable[StaticLease]:
    for one in root.iterfind("ip/dhcp/host"):
        mac = one.get("mac", "").lower()
        yield StaticLease(ip=one.get("ip", ""), mac=mac, name=one.get("name", ""))


def _attribute(root: etree._Element, path: str, name: str) -> str:
    found = root.find(path)
    return found.get(name, "") if found is not None else ""
