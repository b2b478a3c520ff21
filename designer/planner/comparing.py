"""Which fields of a resource count, and how two resources of one key differ.

``None`` in a desired resource does not matter, but for ``master``, where it means "of no bridge",
and for ``seed``, "none".
Owner, carrier, index, STP state, taps and libvirt's words are observed only and never count. VLANs
of a VM's card count while it has a tap. Whether a VM runs does not count where a person asked for
it to be as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from designer.machine.images import ROLES, same_image
from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    DomainNic,
    Image,
    Link,
    Module,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Port,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)

_LINK = ("up", "mac", "mtu", "ipv6", "master")

COUNTED: Mapping[type[Resource], tuple[str, ...]] = {
    Namespace: ("forwarding",),
    Bridge: (
        *_LINK,
        "stp",
        "priority",
        "forward_delay",
        "hello_time",
        "max_age",
        "ageing_time",
        "vlan_filtering",
        "vlan",
    ),
    Veth: ("peer", "peer_netns", *_LINK),
    Vxlan: ("vni", "device", "local", "udp_port", "remotes", *_LINK),
    Vlan: ("device", "vid", *_LINK),
    Physical: ("master",),
    Parent: ("up",),
    Module: (),
    Image: (),
    Address: (),
    Route: ("link",),
    NatTable: ("outside", "isolated", "behind", "forwards"),
    Network: (
        "bridge",
        "uuid",
        "forward",
        "addresses",
        "ranges",
        "leases",
        "domain",
        "dns",
        "mtu",
        "running",
        "autostart",
    ),
    Domain: (
        "uuid",
        "memory",
        "memory_max",
        "vcpus",
        "vcpus_max",
        "kernel",
        "initrd",
        "cmdline",
        "disk",
        "disk_size",
        "disk_bus",
        "seed",
        "graphics",
        "running",
    ),
}
"""Fields that count besides a port's settings and a domain's NICs, which are compared apart."""

REPLACING: Mapping[type[Resource], frozenset[str]] = {
    Veth: frozenset({"peer", "peer_netns"}),
    Vxlan: frozenset({"vni", "device", "local", "udp_port"}),
    Vlan: frozenset({"device", "vid"}),
    Route: frozenset({"link"}),
    Network: frozenset({"uuid", "bridge"}),
    Domain: frozenset({"uuid"}),
}
"""Fields that nothing can change on a standing thing: it is deleted and made anew."""

LIVE_OF_NETWORK = frozenset({"leases", "ranges", "running", "autostart", "edited"})
"""What changes of a libvirt network without a restart (virNetworkUpdate)."""

PLUGS = frozenset({"nics.bridge", "nics.vlans", "nics.plugged"})
"""What changes of cards that stay."""

_LIVE_OF_DOMAIN = PLUGS | {"running", "nics.added", "nics.removed", "disk_size", "seed", "later"}
"""What changes of a VM without a restart; a guest reads a seed at its next start."""

MAY_WAIT = frozenset(
    {
        "memory",
        "memory_max",
        "vcpus",
        "vcpus_max",
        "kernel",
        "initrd",
        "cmdline",
        "disk_bus",
        "graphics",
        "nics",
    }
)
"""What of a running VM can be defined for its next start: see :mod:`designer.planner.waiting`."""

PORT_VLANS = ("pvid", "untagged", "tagged")
PORT = ("cost", "priority", "hairpin", *PORT_VLANS)
_LINKS = frozenset({Bridge, Veth, Vxlan, Vlan, Physical})
_UNORDERED = frozenset(
    {
        "remotes",
        "outside",
        "isolated",
        "behind",
        "forwards",
        "addresses",
        "ranges",
        "leases",
    }
)
_values: dict[type[Resource], Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*names) for kind, names in COUNTED.items() if len(names) > 1
}


def differing(desired: Resource, observed: Resource) -> tuple[str, ...]:
    """The names of the fields in which what is differs from what should be.

    A port's settings are ``port.cost`` and so on; a domain's cards ``nics``, or ``nics.bridge``,
    ``nics.vlans`` and ``nics.plugged`` where only the bridges or networks differ that they are
    plugged into, their VLANs there, or whether their cable is; ``kind`` where two different things
    carry one name. A desired :class:`Physical` may be any kind of link that we did not make.
    What a running VM is defined to be at its next start does not differ; ``later`` where that
    alone does.
    """
    found = differing_now(desired, observed)
    if isinstance(desired, Domain) and isinstance(observed, Domain):
        return _but_for_later(desired, observed, found)
    return found


def differing_now(desired: Resource, observed: Resource) -> tuple[str, ...]:
    """As :func:`differing`, of what runs now alone."""
    kind = type(desired)
    if kind is not type(observed) and not (kind is Physical and type(observed) in _LINKS):
        return ("kind",)
    found: list[str] = []
    names = COUNTED[kind]
    if len(names) > 1:
        read = _values[kind]
        wanted, is_ = read(desired), read(observed)
        if wanted != is_:
            found = [
                name
                for name, one, other in zip(names, wanted, is_, strict=True)
                if one != other and _counts(name, one, other)
            ]
    else:
        for name in names:
            one, other = getattr(desired, name), getattr(observed, name)
            if one != other and _counts(name, one, other):
                found.append(name)
    if isinstance(desired, Link) and isinstance(observed, Link):
        if desired.port is not None:
            found += _port(desired.port, observed.port, "master" in found)
        if kind is Physical and desired.master is not None and getattr(observed, "held", None):
            found.append("held")
    elif isinstance(desired, Network) and isinstance(observed, Network):
        if observed.edited and desired.owner is not None:
            found.append("edited")
    elif isinstance(desired, Domain) and isinstance(observed, Domain):
        if "running" in found and is_as_asked(observed):
            found.remove("running")
        found += _nics(desired.nics, observed.nics)
    return tuple(found)


def _but_for_later(desired: Domain, observed: Domain, found: tuple[str, ...]) -> tuple[str, ...]:
    if observed.later is None and desired.later is None:
        return found
    is_ = replace(observed.later or observed, asked=observed.asked)
    then = differing_now(desired.later or desired, is_)
    if desired.later is not None:
        return found if MAY_WAIT.isdisjoint(then) else (*found, "later")
    rest = [name for name in then if name in found or name in _LIVE_OF_DOMAIN]
    if not MAY_WAIT.intersection(then) <= set(found):
        rest.append("later")
    return tuple(rest)


def is_as_asked(observed: Domain) -> bool:
    """Whether the VM runs, or does not, because a person asked for that by hand."""
    asked = observed.asked
    return asked is not None and (asked.state != "off") == observed.running


def must_replace(desired: Resource, fields: tuple[str, ...]) -> bool:
    """Whether these differences want the thing deleted and made anew."""
    if not fields:
        return False
    if fields == ("kind",):
        return True
    replacing = REPLACING.get(type(desired))
    return replacing is not None and not replacing.isdisjoint(fields)


def needs_restart(wanted: Domain, there: Domain, fields: Iterable[str]) -> bool:
    """Whether a running VM has to be stopped and started for these differences."""
    return bool(restarting(wanted, there, fields))


def restarting(wanted: Domain, there: Domain, fields: Iterable[str]) -> set[str]:
    """Those of the differences for which a running VM has to be stopped and started. A guest that
    has room for it gets vCPUs, and gets and gives back memory; a vCPU it does not give back."""
    rest = set(fields) - _LIVE_OF_DOMAIN
    if there.memory_max and wanted.memory <= there.memory_max:
        rest.discard("memory")
    if there.vcpus < wanted.vcpus <= there.vcpus_max:
        rest.discard("vcpus")
    return rest


def value_of(resource: Resource, field: str) -> Any:
    """The value of a field by the name that :func:`differing` gives it."""
    if field.startswith("port."):
        port = getattr(resource, "port", None)
        return None if port is None else getattr(port, field[5:])
    if field.startswith("nics"):
        return resource.nics if isinstance(resource, Domain) else ()
    return getattr(resource, field, None)


def _counts(name: str, desired: Any, observed: Any) -> bool:
    """Whether two values that are not equal differ all the same."""
    if name in ("master", "seed"):
        return True
    if desired is None:
        return False
    if name == "disk_size":  # a disk never shrinks: what the guest wrote there would be gone
        return bool(desired > (observed or 0))
    if name in ROLES:
        return not same_image(desired, observed)
    if name == "vlan_filtering":
        return bool(desired) != bool(observed)
    if name in _UNORDERED:
        return bool(sorted(desired) != sorted(observed or ()))
    if name == "mac":
        return bool(desired.lower() != (observed or "").lower())
    return True


def _port(desired: Port, observed: Port | None, moved: bool) -> list[str]:
    """A port that comes to another bridge starts there with the kernel's settings, so each
    setting that is stated is to be made again."""
    found = []
    for name in PORT:
        wanted = getattr(desired, name)
        if wanted is not None and (moved or observed is None or wanted != getattr(observed, name)):
            found.append(f"port.{name}")
    return found


def _nics(desired: tuple[DomainNic, ...], observed: tuple[DomainNic, ...]) -> list[str]:
    """Cards are told by their MAC: one that was plugged into a running VM stands last there. Into
    the PCI Express that e1000e wants none is plugged while the VM runs."""
    both = cards_of_both(desired, observed)
    added, removed = len(desired) > len(both), len(observed) > len(both)
    express = any(nic.model == "e1000e" for nic in (*desired, *observed))
    for one, other in both:
        if one.model != other.model or (one.mtu is not None and one.mtu != other.mtu):
            return ["nics"]
    if (added or removed) and express:
        return ["nics"]
    replugged = retagged = pulled = False
    for one, other in both:
        pulled = pulled or one.plugged != other.plugged
        stated = one.pvid is not None
        if place_of(one) != place_of(other):
            replugged, retagged = True, retagged or stated
        elif stated and other.tap is not None:
            retagged = retagged or vlans_of(one) != vlans_of(other)
    found = {
        "nics.added": added,
        "nics.removed": removed,
        "nics.bridge": replugged,
        "nics.vlans": retagged,
        "nics.plugged": pulled,
    }
    return [field for field, differs in found.items() if differs]


def cards_of_both(
    desired: Iterable[DomainNic], observed: Iterable[DomainNic]
) -> list[tuple[DomainNic, DomainNic]]:
    """The cards that are in both, each with itself, in the order desired."""
    there = {nic.mac.lower(): nic for nic in observed}
    return [(one, there[one.mac.lower()]) for one in desired if one.mac.lower() in there]


def cards_only_in(one: Iterable[DomainNic], other: Iterable[DomainNic]) -> list[DomainNic]:
    """The cards that are in one and not in the other."""
    macs = {nic.mac.lower() for nic in other}
    return [nic for nic in one if nic.mac.lower() not in macs]


place_of: Callable[[DomainNic], tuple[str, str]] = attrgetter("network", "bridge")
"""Where a card is plugged in: the libvirt network, "" for none, and the bridge."""

vlans_of: Callable[[Port | DomainNic], tuple[int | None, Any, Any]] = attrgetter(*PORT_VLANS)
"""PVID, untagged and tagged VLANs."""
