"""The words for resources and their differences, as people read them in a plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from designer.machine.images import ROLES, shown_name, shown_size
from designer.machine.resources import (
    Address,
    Behind,
    DhcpRange,
    Domain,
    DomainNic,
    Forward,
    Image,
    Key,
    Module,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Port,
    Resource,
    Route,
    StaticLease,
    Veth,
    Vlan,
)
from designer.planner.comparing import (
    MAY_WAIT,
    PORT_VLANS,
    cards_of_both,
    cards_only_in,
    differing_now,
    place_of,
    value_of,
    vlans_of,
)
from designer.topology.vlans import shown

_KINDS = {
    "namespace": "network namespace",
    "bridge": "bridge",
    "veth": "veth pair",
    "vxlan": "VXLAN tunnel",
    "vlan": "VLAN sub-interface",
    "physical": "card",
    "parent": "card",
    "module": "kernel module",
    "image": "image",
    "address": "address",
    "route": "route",
    "table": "packet filter table",
    "network": "libvirt network",
    "domain": "VM",
}
_LABELS = {
    "up": "the link",
    "mac": "the MAC address",
    "mtu": "the MTU",
    "ipv6": "IPv6",
    "master": "its bridge",
    "port.cost": "the path cost",
    "port.priority": "the port priority",
    "port.hairpin": "hairpin",
    "vlan_filtering": "VLAN filtering",
    "vlan": "the VLAN of its own addresses",
    "vid": "the VLAN",
    "forward_delay": "forward delay",
    "hello_time": "hello time",
    "max_age": "max age",
    "ageing_time": "ageing time",
    "peer": "its other end",
    "peer_netns": "the namespace of its other end",
    "udp_port": "the UDP port",
    "device": "the device underneath",
    "local": "the local address",
    "link": "the link that it goes out by",
    "remotes": "the list of remotes",
    "outside": "the list of outside interfaces",
    "isolated": "the list of interfaces kept apart",
    "behind": "the list of networks behind NAT",
    "forwards": "the list of port forwards",
    "cmdline": "the kernel command line",
    "graphics": "the display",
    "disk_bus": "the bus of the disk",
    "disk_size": "the disk",
    "initrd": "the initial RAM disk",
    "nics": "the list of cards",
    "running": "the VM",
    "bridge": "its bridge",
    "forward": "the forwarding",
    "addresses": "the list of addresses",
    "ranges": "the list of DHCP ranges",
    "leases": "the list of static leases",
    "domain": "the DNS domain",
    "dns": "DNS",
    "uuid": "the UUID",
    "vcpus": "the number of vCPUs",
    "memory": "the memory",
    "memory_max": "the most memory",
    "vcpus_max": "the most vCPUs",
    "owner": "whose it is",
}
_SHORT = {"vcpus": "vCPUs", "nics": "cards"}
_UNITS = {"memory": " MiB", "memory_max": " MiB", "disk_size": " MiB"}
_PORT_VLANS = frozenset(f"port.{name}" for name in PORT_VLANS)
_SECONDS = frozenset({"forward_delay", "hello_time", "max_age", "ageing_time"})


def kind_of(resource: Resource) -> str:
    return _KINDS[resource.kind]


def thing(resource: Resource) -> str:
    """What it is and what it is called: "bridge br0", "veth pair p1 – eth0 in k3j2-c1"."""
    if isinstance(resource, Veth):
        one, other = in_netns(resource.name, resource.netns), peer_name(resource)
        return f"veth pair {one} – {other}"
    if isinstance(resource, Vlan):
        return f"{kind_of(resource)} {name(resource)} (VLAN {resource.vid} on {resource.device})"
    return f"{kind_of(resource)} {name(resource)}"


def name(resource: Resource) -> str:
    if isinstance(resource, Namespace | Network | Domain | Module | Image):
        return resource.name
    if isinstance(resource, Parent):
        return resource.device
    if isinstance(resource, Address):
        return f"{resource.address} on {in_netns(resource.link, resource.netns)}"
    if isinstance(resource, Route):
        device = f" on {resource.link}" if resource.link else ""
        return in_netns(f"{resource.to} by way of {resource.via}{device}", resource.netns)
    if isinstance(resource, NatTable):
        return in_netns(resource.name, resource.netns)
    return in_netns(resource.name, resource.netns)


def peer_name(veth: Veth) -> str:
    return in_netns(veth.peer, veth.peer_netns)


def key_name(key: Key) -> str:
    """A key as a name where there is no resource at hand."""
    if key[0] in ("namespace", "network", "domain", "parent", "module", "image"):
        return key[1]
    return in_netns(" ".join(key[2:]), key[1])


def in_netns(what: str, netns: str) -> str:
    return f"{what} in {netns}" if netns else what


def missing(desired: Resource) -> str:
    if isinstance(desired, Address):
        at = in_netns(desired.link, desired.netns)
        return f"The design gives {at} the address {desired.address}, which it does not have."
    if isinstance(desired, Parent):
        return f"The design has VLAN sub-interfaces on the card {name(desired)}, which must be up."
    if isinstance(desired, Module):
        return f"The design needs the kernel module {name(desired)}, which is not loaded."
    if isinstance(desired, Image):
        return (
            f"The hypervisor does not have the image {name(desired)} yet: "
            f"{shown_size(desired.size)} are copied from the library."
        )
    return f"The design has a {thing(desired)} and the hypervisor has none."


def no_longer_wanted(observed: Resource) -> str:
    if isinstance(observed, Physical):
        return f"The design does not use the {thing(observed)} any more, so it is put back."
    if isinstance(observed, Parent):
        return (
            f"The design has no VLAN sub-interface on the card {name(observed)} any more, so it "
            "is put back, unless another lab has one."
        )
    return f"The design has no {thing(observed)} any more."


def lost(observed: Resource) -> str:
    """Of a VM whose disk goes: what goes with it."""
    if not isinstance(observed, Domain) or not observed.snapshots:
        return ""
    names = ", ".join(one.name for one in observed.snapshots)
    several = len(observed.snapshots) > 1
    return f" Its snapshot{'s' * several} {names} {'are' if several else 'is'} lost with its disk."


def changed(desired: Resource, observed: Resource, fields: Iterable[str]) -> str:
    """ "stp is off and the design says on; priority is 32768 and the design says 4096." """
    named = list(fields)
    if "master" in named and "held" in named:
        named.remove("held")  # that it moves along is said where it moves
    parts = [_part(desired, observed, field) for field in named if field not in _PORT_VLANS]
    if not _PORT_VLANS.isdisjoint(named):
        is_, wanted = (vlans(getattr(one, "port", None)) for one in (observed, desired))
        parts.append(f"it has {is_} and the design says {wanted}")
    text = "; ".join(parts) + "."
    return text[0].upper() + text[1:] if text.startswith(("the ", "its ", "it ")) else text


def _part(desired: Resource, observed: Resource, field: str) -> str:
    if field == "kind":
        wanted, is_ = kind_of(desired), kind_of(observed)
        return f"{name(desired)} is a {is_} and the design says a {wanted}"
    if field == "nics.bridge":
        return _replugged(desired, observed)
    if field == "nics.vlans":
        return _retagged(desired, observed)
    if field in ("nics.added", "nics.removed"):
        return _other_cards(desired, observed, added=field == "nics.added")
    if field == "nics.plugged":
        return _pulled(desired, observed)
    if field == "seed":
        return _told_anew(desired, observed)
    if field == "held":
        return f"{name(observed)} has addresses or routes, and a bridge's port has no use for them"
    if field == "edited":
        return _edited(observed)
    if field == "later":
        return _defined(desired, observed)
    label = _LABELS.get(field, field)
    if field == "running" and isinstance(desired, Network):
        label = "the network"
    is_ = _value(field, value_of(observed, field))
    wanted = _value(field, value_of(desired, field))
    return f"{label} is {is_} and the design says {wanted}"


def _edited(observed: Resource) -> str:
    fields = observed.edited if isinstance(observed, Network) else ()
    labels = " and ".join(_LABELS.get(field, field) for field in fields)
    return f"its definition for the next start was edited ({labels}) and the design wants the other"


def _defined(desired: Resource, observed: Resource) -> str:
    """Of a VM that runs: what it would be at its next start."""
    assert isinstance(desired, Domain)
    assert isinstance(observed, Domain)
    wanted, is_ = desired.later or desired, observed.later or observed
    fields = [name for name in differing_now(wanted, is_) if name in MAY_WAIT]
    parts = "; ".join(_part(wanted, is_, name) for name in fields)
    return f"its definition for the next start is another: {parts}"


def at_next_start(domain: Domain) -> list[str]:
    """What becomes of a VM that runs when it is started next: "vCPUs 2 → 4"."""
    later = domain.later
    if later is None:
        return []
    fields = [name for name in differing_now(later, domain) if name in MAY_WAIT]
    return [
        f"{_SHORT.get(name) or _LABELS.get(name, name).removeprefix('the ')} "
        f"{_short(name, domain, later)} → {_short(name, later, domain)}"
        for name in fields
    ]


def _short(field: str, domain: Domain, other: Domain) -> str:
    if field != "nics":
        return _value(field, value_of(domain, field))
    there = cards_of_both(domain.nics, other.nics)
    return ", ".join(_hardware(nic) for nic, also in there if _hardware(nic) != _hardware(also))


def _hardware(nic: DomainNic) -> str:
    mtu = f" MTU {nic.mtu}" if nic.mtu is not None else ""
    return f"{nic.model}{mtu}"


def _value(field: str, value: Any) -> str:
    if field in ROLES and value:
        return shown_name(value)
    if field == "up":
        return "up" if value else "down"
    if field == "nics":
        return ", ".join(_nic(nic) for nic in value) or "empty"
    if field == "vlan" and value == 0:
        return "none"
    if field == "vlan_filtering":
        return "on" if value else "off"
    if field == "running":
        return "on" if value else "off"
    if value is None:
        return "none" if field == "master" else "not set"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(_entry, value)) or "empty"
    if field == "peer_netns" and value == "":
        return "the hypervisor's own"
    if value == "":
        return "empty"
    return f"{value}{' s' if field in _SECONDS else _UNITS.get(field, '')}"


def _nic(nic: DomainNic) -> str:
    mtu = f" MTU {nic.mtu}" if nic.mtu is not None else ""
    pulled = "" if nic.plugged else ", its cable unplugged"
    return f"{nic.mac} ({nic.model}{mtu}) on {place(nic)}{pulled}"


def place(nic: DomainNic) -> str:
    """Where a card is plugged in: "network NAME", "br0", "no bridge"."""
    return f"network {nic.network}" if nic.network and nic.bridge else nic.bridge or "no bridge"


def _entry(value: Any) -> str:
    if isinstance(value, Behind):
        return f"{value.bridge} with {' and '.join(value.subnets)}"
    if isinstance(value, Forward):
        to = f"[{value.to}]" if ":" in value.to else value.to
        return f"{value.protocol.upper()} port {value.port} to {to}:{value.to_port}"
    if isinstance(value, DhcpRange):
        return f"{value.start} to {value.end}"
    if isinstance(value, StaticLease):
        return f"{value.ip} for {value.mac or value.name}"
    return str(value)


def _other_cards(desired: Resource, observed: Resource, *, added: bool) -> str:
    assert isinstance(desired, Domain)
    assert isinstance(observed, Domain)
    if added:
        cards = ", ".join(map(_nic, cards_only_in(desired.nics, observed.nics)))
        return f"it lacks a card that the design has: {cards}"
    cards = ", ".join(map(_nic, cards_only_in(observed.nics, desired.nics)))
    return f"it has a card that the design has not: {cards}"


def _told_anew(desired: Resource, observed: Resource) -> str:
    """Of a seed what is another, without the keys themselves."""
    assert isinstance(desired, Domain)
    assert isinstance(observed, Domain)
    wanted, is_ = desired.seed, observed.seed
    if wanted is None or is_ is None:
        return f"cloud-init is told {'nothing' if is_ is None else 'something'} and the design " \
            f"says {'nothing' if wanted is None else 'what'}"  # fmt: skip
    parts = [
        words for field, words in _OF_SEED.items() if getattr(wanted, field) != getattr(is_, field)
    ]
    return f"cloud-init is told another {' and '.join(parts)} by the design"


_OF_SEED = {
    "hostname": "host name",
    "user": "user",
    "keys": "list of SSH keys",
    "nics": "setup of its cards",
}


def _replugged(desired: Resource, observed: Resource) -> str:
    assert isinstance(desired, Domain)
    assert isinstance(observed, Domain)
    return "; ".join(
        f"the card {wanted.mac} is on {place(is_)} and the design says {_told_apart(wanted, is_)}"
        for wanted, is_ in cards_of_both(desired.nics, observed.nics)
        if place_of(wanted) != place_of(is_)
    )


def _told_apart(wanted: DomainNic, is_: DomainNic) -> str:
    """With its bridge, where the network alone would not tell the two apart."""
    if wanted.network and wanted.network == is_.network and is_.bridge:
        return f"its bridge {wanted.bridge}"
    return place(wanted)


def _retagged(desired: Resource, observed: Resource) -> str:
    assert isinstance(desired, Domain)
    assert isinstance(observed, Domain)
    return "; ".join(
        f"the card {wanted.mac} has {vlans(is_)} and the design says {vlans(wanted)}"
        for wanted, is_ in cards_of_both(desired.nics, observed.nics)
        if wanted.pvid is not None and vlans_of(wanted) != vlans_of(is_)
    )


def _pulled(desired: Resource, observed: Resource) -> str:
    assert isinstance(desired, Domain)
    assert isinstance(observed, Domain)
    return "; ".join(
        f"the cable of the card {wanted.mac} is {plugged(is_)} and the design says "
        f"{plugged(wanted)}"
        for wanted, is_ in cards_of_both(desired.nics, observed.nics)
        if wanted.plugged != is_.plugged
    )


def plugged(nic: DomainNic) -> str:
    return "plugged in" if nic.plugged else "unplugged"


def vlans(port: Port | DomainNic | None) -> str:
    """ "VLAN 10 untagged and 20, 30 tagged", or "no VLAN"."""
    if port is None:
        return "no VLAN"
    parts = [
        f"{shown(ids)} {how}"
        for ids, how in ((port.untagged, "untagged"), (port.tagged, "tagged"))
        if ids
    ]
    if port.pvid and port.pvid not in (port.untagged or ()):
        parts.insert(0, f"{port.pvid} for what comes in untagged")
    return f"VLAN {' and '.join(parts)}" if parts else "no VLAN"
