"""The fingerprint of a plan: the same world and the same design give the same one.

SHA-256 over the operations and what they start from, in an order of its own, so that the order
in which resources were listed does not matter. What moves by itself while nobody does anything
(carrier, index, STP state, taps, libvirt's state, and the MAC that the kernel gives a bridge) is
left out, and so are the reasons: they are words. So are images that are copied first: that
touches nothing, and another lab may have it done meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    DomainNic,
    Image,
    Module,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.planner.comparing import COUNTED, vlans_of
from designer.planner.operations import Operation, Refusal

_VERSION = "1"

_steady: Mapping[type[Resource], Callable[[Any], Any]] = {
    Namespace: attrgetter("forwarding", "owner"),
    Bridge: attrgetter(*(name for name in COUNTED[Bridge] if name != "mac"), "owner"),
    Veth: attrgetter(*COUNTED[Veth], "owner"),
    Vxlan: attrgetter(*COUNTED[Vxlan], "owner"),
    Vlan: attrgetter(*COUNTED[Vlan], "owner"),
    Parent: attrgetter("up", "owner"),
    Module: attrgetter("name"),
    Physical: attrgetter("master", "mac", "owner"),
    Address: attrgetter("owner"),
    Route: attrgetter("link", "owner"),
    NatTable: attrgetter(*COUNTED[NatTable], "owner"),
    Network: attrgetter(*COUNTED[Network], "owner"),
    Domain: attrgetter(*COUNTED[Domain], "owner"),
}


def fingerprint(lab: str, operations: Iterable[Operation], refusals: Iterable[Refusal]) -> str:
    lines = [_line(one) for one in operations if not isinstance(one.after, Image)]
    lines += [f"refusal {one.code} {one.key!r}" for one in refusals]
    lines.sort()
    text = "\n".join((_VERSION, lab, *lines))
    return hashlib.sha256(text.encode()).hexdigest()


def _line(one: Operation) -> str:
    return (
        f"{one.action} {one.key!r} {one.fields!r} {_start(one)} {_end(one.after)} "
        f"{_state(one.peer_before)} {_end(one.peer_after)}"
    )


def _start(one: Operation) -> str:
    """What an operation starts from; of a bridge's MAC too, where it is what changes."""
    start = _state(one.before)
    if "mac" in one.fields:
        start += f" {getattr(one.before, 'mac', None)}"
    return start


def _end(resource: Resource | None) -> str:
    text = _state(resource)
    return f"{text} {resource.mac}" if isinstance(resource, Bridge) else text


def _state(resource: Resource | None) -> str:
    if resource is None:
        return "-"
    text = f"{resource.kind} {_steady[type(resource)](resource)!r}"
    port = getattr(resource, "port", None)
    held = getattr(resource, "held", None)
    if isinstance(resource, Physical) and held:
        text += f" {held.steady!r}"
    if port is not None:
        text += f" {port.cost} {port.priority} {port.hairpin} {vlans_of(port)!r}"
    if isinstance(resource, Domain):
        text += repr([_card(nic) for nic in resource.nics])
        if resource.later is not None:
            text += f" later {_state(resource.later)}"
    return text


def _card(nic: DomainNic) -> tuple[Any, ...]:
    place = f"{nic.network} {nic.bridge}" if nic.network else nic.bridge
    pulled = () if nic.plugged else ("unplugged",)
    return (nic.mac, place, nic.model, nic.mtu, *vlans_of(nic), *pulled)
